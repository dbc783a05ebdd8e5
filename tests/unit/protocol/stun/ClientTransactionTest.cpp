#include "node/protocol/stun/ClientTransaction.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"

using namespace gimlet;
using namespace gimlet::stun;
using namespace std::chrono_literals;

namespace
{

constexpr TransactionId ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Buffer build(MessageClass kind, const TransactionId& id = ID, std::uint16_t method = method::BINDING)
{
	std::array<std::uint8_t, 64> buffer{};
	const auto bytes = MessageBuilder(buffer, kind, method, id).finish();
	return {bytes.begin(), bytes.end()};
}

class ClientTransactionTest : public testing::Test
{
protected:
	bool answer(const Buffer& bytes, const Endpoint& from, TimePoint now)
	{
		return transaction.onResponse(MessageView::parse(bytes).value(), from, now);
	}

	const TimePoint start{1h};
	const Endpoint server = Endpoint::parse("192.0.2.1:3478").value();
	ClientTransaction transaction{build(MessageClass::Request), server, start};
};

}

TEST_F(ClientTransactionTest, sendsAtTheTimesOfTheRfcAndThenGivesUp)
{
	std::vector<std::int64_t> sent;
	for (TimePoint now = start; now != NEVER; now = transaction.nextDeadline())
	{
		transaction.onTimer(now);
		if (const auto bytes = transaction.pollTransmit())
		{
			EXPECT_EQ(Buffer(bytes->begin(), bytes->end()), build(MessageClass::Request));
			sent.push_back((now - start) / 1ms);
		}
		else
			sent.push_back(-((now - start) / 1ms));
	}
	EXPECT_EQ(sent, (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500, -39500}));
	EXPECT_EQ(transaction.state(), ClientTransaction::State::TimedOut);
	EXPECT_EQ(transaction.transmissions(), 7U);
	EXPECT_FALSE(answer(build(MessageClass::SuccessResponse), server, start + 40s));
	EXPECT_EQ(transaction.roundTrip(), std::nullopt);
}

TEST_F(ClientTransactionTest, isSentOnceADeadline)
{
	EXPECT_TRUE(transaction.pollTransmit());
	EXPECT_FALSE(transaction.pollTransmit());
	transaction.onTimer(start + 499ms);
	EXPECT_FALSE(transaction.pollTransmit());
	transaction.onTimer(start + 500ms);
	EXPECT_TRUE(transaction.pollTransmit());
	EXPECT_FALSE(transaction.pollTransmit());
}

TEST_F(ClientTransactionTest, aLateTimerDelaysWhatFollows)
{
	ASSERT_TRUE(transaction.pollTransmit());
	transaction.onTimer(start + 1h);
	EXPECT_TRUE(transaction.pollTransmit());
	EXPECT_FALSE(transaction.pollTransmit());
	EXPECT_EQ(transaction.nextDeadline(), start + 1h + 1s);
}

TEST_F(ClientTransactionTest, takesItsAnswerAndEnds)
{
	ASSERT_TRUE(transaction.pollTransmit());
	EXPECT_TRUE(answer(build(MessageClass::SuccessResponse), server, start + 30ms));
	EXPECT_EQ(transaction.state(), ClientTransaction::State::Answered);
	EXPECT_EQ(transaction.roundTrip(), 30ms);
	EXPECT_EQ(transaction.nextDeadline(), NEVER);
	transaction.onTimer(start + 1h);
	EXPECT_FALSE(transaction.pollTransmit());
	EXPECT_FALSE(answer(build(MessageClass::SuccessResponse), server, start + 40ms)) << "a duplicate";
}

TEST_F(ClientTransactionTest, anErrorIsAnAnswerToo)
{
	ASSERT_TRUE(transaction.pollTransmit());
	EXPECT_TRUE(answer(build(MessageClass::ErrorResponse), server, start + 30ms));
}

TEST_F(ClientTransactionTest, theRoundTripOfARepeatedRequestIsUnknown)
{
	ASSERT_TRUE(transaction.pollTransmit());
	transaction.onTimer(start + 500ms);
	ASSERT_TRUE(transaction.pollTransmit());
	EXPECT_TRUE(answer(build(MessageClass::SuccessResponse), server, start + 510ms));
	EXPECT_EQ(transaction.roundTrip(), std::nullopt);
}

TEST_F(ClientTransactionTest, ignoresWhatIsNotItsAnswer)
{
	ASSERT_TRUE(transaction.pollTransmit());
	auto otherId = ID;
	otherId[11] ^= 1;
	const auto success = MessageClass::SuccessResponse;
	EXPECT_FALSE(answer(build(success, otherId), server, start)) << "another transaction";
	EXPECT_FALSE(answer(build(success), server.withPort(3479), start)) << "another port";
	EXPECT_FALSE(answer(build(success), Endpoint::parse("192.0.2.2:3478").value(), start))
		<< "another source";
	EXPECT_FALSE(answer(build(success, ID, method::ALLOCATE), server, start)) << "another method";
	EXPECT_FALSE(answer(build(MessageClass::Request), server, start));
	EXPECT_FALSE(answer(build(MessageClass::Indication), server, start));
	EXPECT_EQ(transaction.state(), ClientTransaction::State::Pending);
	EXPECT_TRUE(answer(build(success), server, start));
}

TEST(ClientTransactionTimingTest, canBeShorter)
{
	const TimePoint start{1h};
	ClientTransaction once{build(MessageClass::Request), Endpoint::loopback(AF_INET, 1), start,
		{.rto = 100ms, .rc = 1, .rm = 4}};
	EXPECT_TRUE(once.pollTransmit());
	EXPECT_EQ(once.nextDeadline(), start + 400ms);
	once.onTimer(start + 400ms);
	EXPECT_EQ(once.state(), ClientTransaction::State::TimedOut);
}
