// Our constants against the IANA registry "STUN Parameters"; the rows are quoted from its tables.
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "node/protocol/stun/Constants.h"

using namespace gimlet::stun;

namespace
{

constexpr std::string_view METHODS = R"(
0x001,Binding
0x003,Allocate
0x004,Refresh
0x006,Send
0x007,Data
0x008,CreatePermission
0x009,ChannelBind
0x00A,Connect
0x00B,ConnectionBind
0x00C,ConnectionAttempt
)";

constexpr std::string_view ATTRIBUTES = R"(
0x0001,MAPPED-ADDRESS
0x0003,Reserved; was CHANGE-REQUEST prior to [RFC5389]
0x0006,USERNAME
0x0008,MESSAGE-INTEGRITY
0x0009,ERROR-CODE
0x000A,UNKNOWN-ATTRIBUTES
0x000C,CHANNEL-NUMBER
0x000D,LIFETIME
0x0012,XOR-PEER-ADDRESS
0x0013,DATA
0x0014,REALM
0x0015,NONCE
0x0016,XOR-RELAYED-ADDRESS
0x0017,REQUESTED-ADDRESS-FAMILY
0x0018,EVEN-PORT
0x0019,REQUESTED-TRANSPORT
0x001A,DONT-FRAGMENT
0x001B,ACCESS-TOKEN
0x001C,MESSAGE-INTEGRITY-SHA256
0x001D,PASSWORD-ALGORITHM
0x001E,USERHASH
0x0020,XOR-MAPPED-ADDRESS
0x0022,RESERVATION-TOKEN
0x0024,PRIORITY
0x0025,USE-CANDIDATE
0x0026,PADDING
0x0027,RESPONSE-PORT
0x002A,CONNECTION-ID
0x8000,ADDITIONAL-ADDRESS-FAMILY
0x8001,ADDRESS-ERROR-CODE
0x8002,PASSWORD-ALGORITHMS
0x8003,ALTERNATE-DOMAIN
0x8004,ICMP
0x8022,SOFTWARE
0x8023,ALTERNATE-SERVER
0x8025,TRANSACTION_TRANSMIT_COUNTER
0x8027,CACHE-TIMEOUT
0x8028,FINGERPRINT
0x8029,ICE-CONTROLLED
0x802A,ICE-CONTROLLING
0x802B,RESPONSE-ORIGIN
0x802C,OTHER-ADDRESS
)";

constexpr std::string_view ERRORS = R"(
300,Try Alternate
400,Bad Request
401,Unauthorized
403,Forbidden
420,Unknown Attribute
437,Allocation Mismatch
438,Stale Nonce
440,Address Family not Supported
441,Wrong Credentials
442,Unsupported Transport Protocol
443,Peer Address Family Mismatch
486,Allocation Quota Reached
487,Role Conflict
500,Server Error
508,Insufficient Capacity
)";

std::map<std::string, unsigned> parseTable(std::string_view table)
{
	std::map<std::string, unsigned> result;
	while (!table.empty())
	{
		const auto line = table.substr(0, table.find('\n'));
		table.remove_prefix(line.size() + 1);
		const auto comma = line.find(',');
		if (comma == std::string_view::npos)
			continue;
		const bool isHex = line.starts_with("0x");
		unsigned value = 0;
		std::from_chars(line.data() + (isHex ? 2 : 0), line.data() + comma, value, isHex ? 16 : 10);
		result.emplace(line.substr(comma + 1), value);
	}
	return result;
}

void expectRegistered(std::string_view table, const std::map<std::string, unsigned>& ours)
{
	const auto registry = parseTable(table);
	for (const auto& [name, value] : ours)
	{
		const auto found = registry.find(name);
		if (found == registry.end())
			ADD_FAILURE() << name << " is not registered";
		else
			EXPECT_EQ(found->second, value) << name;
	}
}

}

TEST(StunRegistryTest, methods)
{
	expectRegistered(
		METHODS, {{"Binding", method::BINDING}, {"Allocate", method::ALLOCATE}, {"Refresh", method::REFRESH},
					 {"Send", method::SEND}, {"Data", method::DATA},
					 {"CreatePermission", method::CREATE_PERMISSION}, {"ChannelBind", method::CHANNEL_BIND}});
}

TEST(StunRegistryTest, attributes)
{
	using namespace attribute;
	expectRegistered(ATTRIBUTES,
		{{"MAPPED-ADDRESS", MAPPED_ADDRESS},
			{"Reserved; was CHANGE-REQUEST prior to [RFC5389]", CHANGE_REQUEST}, {"USERNAME", USERNAME},
			{"MESSAGE-INTEGRITY", MESSAGE_INTEGRITY}, {"ERROR-CODE", ERROR_CODE},
			{"UNKNOWN-ATTRIBUTES", UNKNOWN_ATTRIBUTES}, {"REALM", REALM}, {"NONCE", NONCE},
			{"MESSAGE-INTEGRITY-SHA256", MESSAGE_INTEGRITY_SHA256},
			{"PASSWORD-ALGORITHM", PASSWORD_ALGORITHM}, {"USERHASH", USERHASH},
			{"XOR-MAPPED-ADDRESS", XOR_MAPPED_ADDRESS}, {"PRIORITY", PRIORITY},
			{"USE-CANDIDATE", USE_CANDIDATE}, {"PADDING", PADDING}, {"RESPONSE-PORT", RESPONSE_PORT},
			{"PASSWORD-ALGORITHMS", PASSWORD_ALGORITHMS}, {"ALTERNATE-DOMAIN", ALTERNATE_DOMAIN},
			{"SOFTWARE", SOFTWARE}, {"ALTERNATE-SERVER", ALTERNATE_SERVER}, {"FINGERPRINT", FINGERPRINT},
			{"ICE-CONTROLLED", ICE_CONTROLLED}, {"ICE-CONTROLLING", ICE_CONTROLLING},
			{"RESPONSE-ORIGIN", RESPONSE_ORIGIN}, {"OTHER-ADDRESS", OTHER_ADDRESS}});
}

TEST(StunRegistryTest, attributesOfTurn)
{
	using namespace attribute;
	expectRegistered(ATTRIBUTES,
		{{"CHANNEL-NUMBER", CHANNEL_NUMBER}, {"LIFETIME", LIFETIME}, {"XOR-PEER-ADDRESS", XOR_PEER_ADDRESS},
			{"DATA", DATA}, {"XOR-RELAYED-ADDRESS", XOR_RELAYED_ADDRESS},
			{"REQUESTED-ADDRESS-FAMILY", REQUESTED_ADDRESS_FAMILY},
			{"REQUESTED-TRANSPORT", REQUESTED_TRANSPORT},
			{"ADDITIONAL-ADDRESS-FAMILY", ADDITIONAL_ADDRESS_FAMILY}, {"ICMP", ICMP}});
}

TEST(StunRegistryTest, errorCodes)
{
	// 401 is "Unauthorized" in the registry and "Unauthenticated" in RFC 8489, section 14.8.
	expectRegistered(
		ERRORS, {{"Try Alternate", error::TRY_ALTERNATE}, {"Bad Request", error::BAD_REQUEST},
					{"Unauthorized", error::UNAUTHENTICATED}, {"Unknown Attribute", error::UNKNOWN_ATTRIBUTE},
					{"Stale Nonce", error::STALE_NONCE}, {"Role Conflict", error::ROLE_CONFLICT},
					{"Server Error", error::SERVER_ERROR}});
}

TEST(StunRegistryTest, errorCodesOfTurn)
{
	expectRegistered(
		ERRORS, {{"Forbidden", error::FORBIDDEN}, {"Allocation Mismatch", error::ALLOCATION_MISMATCH},
					{"Address Family not Supported", error::ADDRESS_FAMILY_NOT_SUPPORTED},
					{"Wrong Credentials", error::WRONG_CREDENTIALS},
					{"Allocation Quota Reached", error::ALLOCATION_QUOTA_REACHED},
					{"Insufficient Capacity", error::INSUFFICIENT_CAPACITY}});
}

TEST(StunRegistryTest, comprehension)
{
	EXPECT_TRUE(comprehensionRequired(0x7fff));
	EXPECT_FALSE(comprehensionRequired(0x8000));
}
