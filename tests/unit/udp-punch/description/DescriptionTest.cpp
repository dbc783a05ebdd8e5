#include "plugins/transport/udp-punch/description/Description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

using namespace gimlet;
using namespace gimlet::udp_punch;
using testing::HasSubstr;

namespace
{

constexpr const char* SESSION = "0123456789abcdef";
constexpr const char* FINGERPRINT =
	"sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF";
constexpr const char* HOST = "candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host";

Description example()
{
	return {.session = SESSION,
		.generation = 3,
		.ice = {.ufrag = "EsAw", .pwd = "bP+XJMM09aR8AiX1jdukzR6Y"},
		.fingerprint = FINGERPRINT,
		.setup = Setup::ActPass,
		.sctpPort = 5001,
		.maxMessageSize = 16777216,
		.iceOptions = {"trickle", "ice2", "gimlet1"},
		.candidates = {*parseCandidateLine(HOST)},
		.endOfCandidates = true,
		.publicKey = {1, 2, 3, 4},
		.signature = {5, 6, 7}};
}

std::optional<PunchSignal> decode(const std::string& json)
{
	return decodeSignal(json, SESSION);
}

/// The example with a part of its JSON replaced; what comes of reading it is "" or why it is refused.
std::string verdictAfter(const std::string& from, const std::string& to)
{
	auto json = encode(example());
	const auto at = json.find(from);
	EXPECT_NE(at, std::string::npos) << from;
	json.replace(at, from.size(), to);
	std::string why;
	const bool read = decodeSignal(json, SESSION, &why).has_value();
	EXPECT_EQ(read, why.empty()) << json;
	return why;
}

}

TEST(Description, IsThisJson)
{
	EXPECT_EQ(encode(example()),
		R"({"type":"description","generation":3,"ufrag":"EsAw","pwd":"bP+XJMM09aR8AiX1jdukzR6Y",)"
		R"("fingerprint":"sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:)"
		R"(10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF","setup":"actpass","sctp_port":5001,)"
		R"("max_message_size":16777216,"ice_options":["trickle","ice2","gimlet1"],)"
		R"("candidates":["candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host"],"end_of_candidates":true,)"
		R"("key":"AQIDBA==","signature":"BQYH"})");
	const Trickle trickle{
		.generation = 2, .candidates = {}, .removed = {*parseCandidateLine(HOST)}, .endOfCandidates = true};
	EXPECT_EQ(encode(trickle),
		R"({"type":"trickle","generation":2,"candidates":[],)"
		R"("removed":["candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host"],"end_of_candidates":true})");
}

TEST(Description, SurvivesTheRoundTrip)
{
	auto description = example();
	EXPECT_EQ(decode(encode(description)), PunchSignal{description});
	description.publicKey.clear();
	description.signature.clear();
	description.endOfCandidates = false;
	description.candidates.clear();
	description.iceOptions.clear();
	description.setup = Setup::Passive;
	description.maxMessageSize = 0;
	description.tlsId = "0123456789abcdef0123456789abcdef";
	description.answers = "Wx/4";
	EXPECT_EQ(decode(encode(description)), PunchSignal{description});
	const Trickle trickle{.generation = 4294967295U, .candidates = {*parseCandidateLine(HOST)}};
	EXPECT_EQ(decode(encode(trickle)), PunchSignal{trickle});
}

TEST(Description, IgnoresWhatItDoesNotKnow)
{
	EXPECT_EQ(verdictAfter("{", R"({"later":{"a":[1]},)"), "");
	EXPECT_EQ(verdictAfter(R"("end_of_candidates":true,)", ""), "");
	EXPECT_EQ(verdictAfter(R"("ice_options":["trickle","ice2","gimlet1"],)", ""), "");
	auto json = encode(example());
	const auto at = json.find("[\"candidate:");
	json.insert(at + 1, R"("candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active",)");
	EXPECT_EQ(decode(json), PunchSignal{example()});
}

TEST(Description, ReadsAFingerprintInAnyCase)
{
	auto json = encode(example());
	for (const auto& [from, to] :
		{std::pair{"sha-256", "SHA-256"}, {":0A:0B:0C:", ":0a:0B:0c:"}, {":1E:FF", ":1e:ff"}})
		json.replace(json.find(from), std::string{from}.size(), to);
	EXPECT_EQ(decode(json), PunchSignal{example()});
}

TEST(Description, RefusesWhatIsWrongWithAReason)
{
	EXPECT_THAT(verdictAfter("description", "offer"), HasSubstr("type"));
	EXPECT_THAT(verdictAfter(R"("generation":3)", R"("generation":0)"), HasSubstr("generation"));
	EXPECT_THAT(verdictAfter(R"("generation":3)", R"("generation":4294967296)"), HasSubstr("generation"));
	EXPECT_THAT(verdictAfter(R"("generation":3,)", ""), HasSubstr("generation"));
	EXPECT_THAT(verdictAfter("EsAw", "EsA"), HasSubstr("ufrag"));
	EXPECT_THAT(verdictAfter("EsAw", "Es:A"), HasSubstr("ufrag"));
	EXPECT_THAT(verdictAfter("EsAw", std::string(257, 'a')), HasSubstr("ufrag"));
	EXPECT_EQ(verdictAfter("EsAw", std::string(256, 'a')), "");
	EXPECT_THAT(verdictAfter("bP+XJ", "b"), HasSubstr("pwd"));
	EXPECT_THAT(verdictAfter("sha-256", "sha-1"), HasSubstr("fingerprint"));
	EXPECT_THAT(verdictAfter("sha-256", "sha-512"), HasSubstr("fingerprint"));
	EXPECT_THAT(verdictAfter("00:01", "00-01"), HasSubstr("fingerprint"));
	EXPECT_THAT(verdictAfter("00:01", "0G:01"), HasSubstr("fingerprint"));
	EXPECT_THAT(verdictAfter("00:01:", "01:"), HasSubstr("fingerprint"));
	EXPECT_THAT(verdictAfter("actpass", "holdconn"), HasSubstr("setup"));
	EXPECT_THAT(verdictAfter(R"("setup")", R"("tls_id":"short","setup")"), HasSubstr("tls_id"));
	EXPECT_THAT(verdictAfter(R"("setup")", R"("answers":"a:bc","setup")"), HasSubstr("answers"));
	EXPECT_THAT(verdictAfter("5001", "65536"), HasSubstr("sctp_port"));
	EXPECT_THAT(verdictAfter("5001", "0"), HasSubstr("sctp_port"));
	EXPECT_THAT(verdictAfter("16777216", "-1"), HasSubstr("max_message_size"));
	EXPECT_THAT(verdictAfter("16777216", "9007199254740992"), HasSubstr("max_message_size"));
	EXPECT_EQ(verdictAfter("16777216", "9007199254740991"), "");
	EXPECT_THAT(verdictAfter(R"("ice2")", R"("ice 2")"), HasSubstr("ice_options"));
	EXPECT_THAT(verdictAfter(R"("ice2")", "2"), HasSubstr("ice_options"));
	EXPECT_THAT(verdictAfter("192.0.2.1", "192.0.2"), HasSubstr("candidates is malformed: its address"));
	EXPECT_THAT(verdictAfter("[\"candidate", "[7,\"candidate"), HasSubstr("candidates"));
	EXPECT_THAT(verdictAfter(R"("candidates":)", R"("others":)"), HasSubstr("candidates"));
	EXPECT_THAT(verdictAfter(R"("end_of_candidates":true)", R"("end_of_candidates":1)"),
		HasSubstr("end_of_candidates"));
	EXPECT_THAT(verdictAfter(R"("key":"AQIDBA==",)", ""), HasSubstr("key and signature"));
	EXPECT_THAT(verdictAfter(R"(,"signature":"BQYH")", ""), HasSubstr("key and signature"));
	EXPECT_THAT(verdictAfter("BQYH", "BQY"), HasSubstr("key and signature"));
	EXPECT_THAT(verdictAfter("BQYH", ""), HasSubstr("key and signature"));
	EXPECT_NE(verdictAfter("{", "["), "");
}

TEST(Description, IsBounded)
{
	auto description = example();
	description.candidates.assign(60, description.candidates.front());
	const auto read = decode(encode(description));
	ASSERT_TRUE(read);
	EXPECT_EQ(std::get<Description>(*read).candidates.size(), MAX_CANDIDATES);
	const auto json = encode(example());
	EXPECT_TRUE(decode(json + std::string(MAX_SIGNAL - json.size(), ' ')));
	EXPECT_FALSE(decode(json + std::string(MAX_SIGNAL + 1 - json.size(), ' ')));
}

TEST(SignedText, IsThisText)
{
	EXPECT_EQ(
		signedText(example(), "lobby", "from-id", "to-id"), "gimlet-description-1\n"
															"protocol 11 udp-punch/1\n"
															"room 5 lobby\n"
															"from 7 from-id\n"
															"to 5 to-id\n"
															"session 16 0123456789abcdef\n"
															"generation 1 3\n"
															"fingerprint 103 " +
																std::string{FINGERPRINT} +
																"\n"
																"ufrag 4 EsAw\n"
																"pwd 24 bP+XJMM09aR8AiX1jdukzR6Y\n"
																"setup 7 actpass\n"
																"tls_id 0 \n"
																"answers 0 \n"
																"sctp_port 4 5001\n"
																"max_message_size 8 16777216\n"
																"ice_options 20 trickle ice2 gimlet1\n");
}

TEST(SignedText, DiffersWithEveryValueThatMatters)
{
	using Change = std::function<void(Description&)>;
	std::set<std::string> texts{signedText(example(), "lobby", "from", "to"),
		signedText(example(), "", "from", "to"), signedText(example(), "lobby", "to", "from"),
		signedText(example(), "lobby", "fro", "mto"),
		// No value can pass for the end of it and the beginning of another.
		signedText(example(), "lobby\nfrom 4 from", "from", "to")};
	const Change changes[]{[](Description& d) { d.session += 'x'; }, [](Description& d) { ++d.generation; },
		[](Description& d) { d.ice.ufrag += 'x'; }, [](Description& d) { d.ice.pwd += 'x'; },
		[](Description& d) { d.fingerprint.back() = '0'; }, [](Description& d) { d.setup = Setup::Active; },
		[](Description& d) { ++d.sctpPort; }, [](Description& d) { ++d.maxMessageSize; },
		[](Description& d) { d.iceOptions.pop_back(); }};
	for (const auto& change : changes)
	{
		auto changed = example();
		change(changed);
		texts.insert(signedText(changed, "lobby", "from", "to"));
	}
	EXPECT_EQ(texts.size(), 5 + std::size(changes));
	auto candidates = example();
	candidates.candidates.clear();
	EXPECT_TRUE(texts.contains(signedText(candidates, "lobby", "from", "to"))) << "candidates are claims";
}
