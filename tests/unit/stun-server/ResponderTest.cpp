#include "plugins/service/stun-server/Responder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"

using namespace gimlet;
using namespace gimlet::stun;
using stun_server::Outcome;
using stun_server::Responder;

namespace
{

constexpr TransactionId ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

class StunResponderTest : public testing::Test
{
protected:
	MessageBuilder request(MessageClass kind = MessageClass::Request, std::uint16_t method = method::BINDING)
	{
		return {_request, kind, method, ID};
	}

	/// The answer, or nothing.
	std::optional<MessageView> ask(
		ByteView datagram, const Endpoint& source, const stun_server::Corner* corner = nullptr)
	{
		_answer.fill(0xff);
		const auto result = responder.respond(datagram, source, _answer, corner);
		outcome = result.outcome;
		changed = result.change;
		if (result.length == 0)
			return std::nullopt;
		EXPECT_LE(result.length, Responder::LARGEST_ANSWER);
		const auto answer = MessageView::parse(std::span{_answer}.first(result.length));
		EXPECT_TRUE(answer);
		EXPECT_TRUE(answer->hasTransactionId(ID));
		EXPECT_EQ(answer->method(), method::BINDING);
		EXPECT_EQ(answer->bytes().size(), result.length);
		return answer;
	}

	const Endpoint v4 = Endpoint::parse("203.0.113.7:40001").value();
	const Endpoint v6 = Endpoint::parse("[2001:db8::7]:40002").value();
	Responder responder{""};
	Outcome outcome = Outcome::NotSent;
	std::uint32_t changed = 0;

private:
	std::array<std::uint8_t, 1500> _request{};
	std::array<std::uint8_t, Responder::LARGEST_ANSWER> _answer{};
};

}

TEST_F(StunResponderTest, tellsTheSourceAndNothingElse)
{
	for (const auto& source : {v4, v6})
	{
		const auto answer = ask(request().finish(), source);
		ASSERT_TRUE(answer);
		EXPECT_EQ(outcome, Outcome::Answered);
		EXPECT_EQ(answer->messageClass(), MessageClass::SuccessResponse);
		EXPECT_EQ(answer->xorAddress(), source);
		EXPECT_EQ(answer->bytes().size(), 20U + (source.isV4() ? 12 : 24)) << "one attribute";
	}
}

TEST_F(StunResponderTest, answersAFingerprintWithOne)
{
	const auto answer = ask(request().fingerprint().finish(), v4);
	ASSERT_TRUE(answer);
	EXPECT_EQ(answer->fingerprint(), Check::Valid);
	EXPECT_EQ(answer->xorAddress(), v4);
}

TEST_F(StunResponderTest, dropsABrokenFingerprint)
{
	const auto bytes = request().fingerprint().finish();
	Buffer broken(bytes.begin(), bytes.end());
	broken.back() ^= 1;
	EXPECT_FALSE(ask(broken, v4));
	EXPECT_EQ(outcome, Outcome::BadFingerprint);
}

TEST_F(StunResponderTest, saysWhatItIsOnlyWhenTold)
{
	responder = Responder{std::string(Responder::LARGEST_SOFTWARE, 's')};
	const auto answer = ask(request().fingerprint().finish(), v6);
	ASSERT_TRUE(answer);
	EXPECT_EQ(answer->text(attribute::SOFTWARE)->size(), Responder::LARGEST_SOFTWARE);
	EXPECT_EQ(answer->fingerprint(), Check::Valid);
}

TEST_F(StunResponderTest, refusesUnknownRequiredAttributesWith420)
{
	const auto answer =
		ask(request().flag(0x7abc).flag(attribute::CHANGE_REQUEST).flag(0x8abc).fingerprint().finish(), v4);
	ASSERT_TRUE(answer);
	EXPECT_EQ(outcome, Outcome::UnknownAttribute);
	EXPECT_EQ(answer->messageClass(), MessageClass::ErrorResponse);
	EXPECT_EQ(answer->errorCode()->code, error::UNKNOWN_ATTRIBUTE);
	std::array<std::uint16_t, 4> unknown{};
	ASSERT_EQ(answer->unknownAttributes(unknown), 2U);
	EXPECT_EQ(unknown[0], 0x7abc);
	EXPECT_EQ(unknown[1], attribute::CHANGE_REQUEST);
	EXPECT_EQ(answer->fingerprint(), Check::Valid);
	EXPECT_FALSE(answer->xorAddress());
}

TEST_F(StunResponderTest, aThousandUnknownAttributesMakeNoLongAnswer)
{
	responder = Responder{std::string(Responder::LARGEST_SOFTWARE, 's')};
	auto builder = request();
	for (std::uint16_t type = 0x7000; type < 0x7000 + 300; ++type)
		builder.flag(type);
	const auto answer = ask(builder.fingerprint().finish(), v6);
	ASSERT_TRUE(answer);
	EXPECT_EQ(answer->unknownAttributes({}), 8U);
}

TEST_F(StunResponderTest, ignoresCredentials)
{
	const auto answer = ask(request()
								.text(attribute::USERNAME, "me")
								.text(attribute::REALM, "here")
								.integrity(asBytes("x"))
								.finish(),
		v4);
	ASSERT_TRUE(answer);
	EXPECT_EQ(outcome, Outcome::Answered);
	EXPECT_FALSE(answer->has(attribute::MESSAGE_INTEGRITY));
}

TEST_F(StunResponderTest, answersNothingButBindingRequests)
{
	for (const auto kind :
		{MessageClass::Indication, MessageClass::SuccessResponse, MessageClass::ErrorResponse})
	{
		EXPECT_FALSE(ask(request(kind).finish(), v4));
		EXPECT_EQ(outcome, Outcome::NotARequest);
	}
	EXPECT_FALSE(ask(request(MessageClass::Request, method::ALLOCATE).finish(), v4));
	EXPECT_EQ(outcome, Outcome::NotARequest);
	for (const auto* text : {"", "hello", "P2P_HOLE_PUNCH_PING_FROM_x_NUM_1", "{\"type\":\"chat_message\"}"})
	{
		EXPECT_FALSE(ask(asBytes(text), v4));
		EXPECT_EQ(outcome, Outcome::Malformed);
	}
}

TEST_F(StunResponderTest, neverAnswersItsOwnAnswer)
{
	for (const bool refused : {false, true})
	{
		const auto answer = ask(refused ? request().flag(0x7abc).finish() : request().finish(), v4);
		ASSERT_TRUE(answer);
		const Buffer copy(answer->bytes().begin(), answer->bytes().end());
		EXPECT_FALSE(ask(copy, v4));
		EXPECT_EQ(outcome, Outcome::NotARequest);
	}
}

TEST_F(StunResponderTest, answersClientsOfRfc3489)
{
	const std::array<std::uint8_t, 16> id{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	std::array<std::uint8_t, Responder::LARGEST_ANSWER> space{};
	const auto askOld = [&](std::uint32_t change)
	{
		const auto bytes =
			request().oldTransactionId(id).number32(attribute::CHANGE_REQUEST, change).finish();
		const auto result = responder.respond(bytes, v4, space);
		outcome = result.outcome;
		return MessageView::parseOld(std::span{space}.first(result.length)).value();
	};
	const auto answer = askOld(0);
	EXPECT_EQ(outcome, Outcome::Answered);
	EXPECT_TRUE(std::ranges::equal(answer.oldTransactionId(), id));
	EXPECT_EQ(answer.address(), v4);
	EXPECT_FALSE(answer.has(attribute::XOR_MAPPED_ADDRESS));
	EXPECT_EQ(askOld(2).errorCode()->code, error::UNKNOWN_ATTRIBUTE) << "from another port it cannot answer";
	EXPECT_EQ(outcome, Outcome::UnknownAttribute);
}

TEST_F(StunResponderTest, dropsSourcesThatNobodyHas)
{
	for (const auto* source :
		{"0.0.0.0:1", "192.0.2.1:0", "224.0.0.1:1", "255.255.255.255:1", "[::]:1", "[ff02::1]:1"})
	{
		EXPECT_FALSE(ask(request().finish(), Endpoint::parse(source).value())) << source;
		EXPECT_EQ(outcome, Outcome::BadSource);
	}
}

TEST_F(StunResponderTest, withTwoAddressesItAnswersFromWhereItIsAskedTo)
{
	const stun_server::Corner corner{
		Endpoint::parse("192.0.2.1:3478").value(), Endpoint::parse("192.0.2.2:3479").value()};
	std::size_t length = 0;
	for (const auto& [flags, from] : std::map<std::uint32_t, const char*>{{0, "192.0.2.1:3478"},
			 {change::PORT, "192.0.2.1:3479"}, {change::IP, "192.0.2.2:3478"},
			 {change::IP | change::PORT, "192.0.2.2:3479"}, {0xfffffff9, "192.0.2.1:3478"}})
	{
		const auto answer = ask(request().number32(attribute::CHANGE_REQUEST, flags).finish(), v4, &corner);
		ASSERT_TRUE(answer) << from;
		EXPECT_EQ(outcome, Outcome::Answered);
		EXPECT_EQ(changed, flags & (change::IP | change::PORT));
		EXPECT_EQ(corner.changed(changed).toString(), from);
		EXPECT_EQ(answer->address(attribute::RESPONSE_ORIGIN), corner.changed(changed));
		EXPECT_EQ(answer->address(attribute::OTHER_ADDRESS), corner.other) << "whatever is asked";
		EXPECT_EQ(answer->xorAddress(), v4);
		EXPECT_TRUE(length == 0 || length == answer->bytes().size()) << "as long as every other answer";
		length = answer->bytes().size();
	}
	EXPECT_EQ(ask(request().finish(), v4, &corner)->bytes().size(), length);
	EXPECT_EQ(ask(request().finish(), v4)->has(attribute::OTHER_ADDRESS), false);
}

TEST_F(StunResponderTest, whatWouldLetStrangersChooseIsNotUnderstood)
{
	const stun_server::Corner corner{
		Endpoint::parse("192.0.2.1:3478").value(), Endpoint::parse("192.0.2.2:3479").value()};
	const std::array<std::uint8_t, 4> port{0x1f, 0x90, 0, 0};
	for (const auto& bytes : {request().add(attribute::RESPONSE_PORT, port).finish(),
			 request().text(attribute::PADDING, std::string(1000, 'p')).finish(),
			 request().flag(attribute::CHANGE_REQUEST).finish()})
	{
		const auto answer = ask(bytes, v4, &corner);
		ASSERT_TRUE(answer);
		EXPECT_EQ(answer->errorCode()->code, error::UNKNOWN_ATTRIBUTE);
		EXPECT_EQ(changed, 0U);
	}
}

TEST_F(StunResponderTest, theLongestAnswerHasRoom)
{
	responder = Responder{std::string(Responder::LARGEST_SOFTWARE, 's')};
	const stun_server::Corner corner{
		Endpoint::parse("[2001:db8::1]:3478").value(), Endpoint::parse("[2001:db8::2]:3479").value()};
	const auto answer = ask(request().fingerprint().finish(), v6, &corner);
	ASSERT_TRUE(answer);
	EXPECT_EQ(answer->bytes().size(), Responder::LARGEST_ANSWER);
	EXPECT_EQ(answer->fingerprint(), Check::Valid);
}
