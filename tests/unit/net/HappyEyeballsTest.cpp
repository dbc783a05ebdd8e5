#include "node/core/net/HappyEyeballs.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

class HappyEyeballsTest : public testing::Test
{
protected:
	static Endpoint at(const std::string& text)
	{
		return Endpoint::parse(text).value();
	}

	/// What is begun now, "" if nothing.
	std::string next()
	{
		const auto endpoint = _order.pollAttempt(_now);
		return endpoint ? endpoint->toString() : "";
	}

	const std::vector<Endpoint> _v6{at("[2001:db8::1]:80"), at("[2001:db8::2]:80")};
	const std::vector<Endpoint> _v4{at("192.0.2.1:80"), at("192.0.2.2:80")};
	TimePoint _now{1h};
	HappyEyeballs _order{{AF_INET6, AF_INET}};
};

TEST_F(HappyEyeballsTest, NothingIsDueBeforeAnAnswer)
{
	EXPECT_EQ(next(), "");
	EXPECT_EQ(_order.nextDeadline(), NEVER);
	EXPECT_FALSE(_order.exhausted());
}

TEST_F(HappyEyeballsTest, V6GoesFirstThenByTurnsEvery250Ms)
{
	_order.onResolved(AF_INET6, _v6, "", _now);
	_order.onResolved(AF_INET, _v4, "", _now);
	EXPECT_EQ(next(), "[2001:db8::1]:80");
	EXPECT_EQ(next(), "");
	EXPECT_EQ(_order.nextDeadline(), _now + 250ms);
	for (const auto* expected : {"192.0.2.1:80", "[2001:db8::2]:80", "192.0.2.2:80"})
	{
		_now += 249ms;
		EXPECT_EQ(next(), "");
		_now += 1ms;
		EXPECT_EQ(next(), expected);
	}
	EXPECT_EQ(_order.nextDeadline(), NEVER);
	EXPECT_FALSE(_order.exhausted()) << "all four are still being tried";
}

TEST_F(HappyEyeballsTest, V4WaitsAMomentForTheV6Answer)
{
	_order.onResolved(AF_INET, _v4, "", _now);
	EXPECT_EQ(next(), "");
	EXPECT_EQ(_order.nextDeadline(), _now + 50ms);
	_now += 50ms;
	EXPECT_EQ(next(), "192.0.2.1:80");
}

TEST_F(HappyEyeballsTest, AV6AnswerInThatMomentGoesFirst)
{
	_order.onResolved(AF_INET, _v4, "", _now);
	_now += 20ms;
	_order.onResolved(AF_INET6, _v6, "", _now);
	EXPECT_EQ(next(), "[2001:db8::1]:80");
}

TEST_F(HappyEyeballsTest, ThatThereIsNoV6EndsTheMoment)
{
	_order.onResolved(AF_INET, _v4, "", _now);
	_now += 20ms;
	_order.onResolved(AF_INET6, {}, "x has no IPv6 address", _now);
	EXPECT_EQ(next(), "192.0.2.1:80");
}

TEST_F(HappyEyeballsTest, AFailureBringsTheNextOneAtOnce)
{
	_order.onResolved(AF_INET6, _v6, "", _now);
	_order.onResolved(AF_INET, _v4, "", _now);
	EXPECT_EQ(next(), "[2001:db8::1]:80");
	_now += 10ms;
	_order.onFailed("there is no route to [2001:db8::1]:80", _now);
	EXPECT_EQ(next(), "192.0.2.1:80");
}

TEST_F(HappyEyeballsTest, ALateAnswerIsTriedWhenTheFirstOnesHaveFailed)
{
	_order.onResolved(AF_INET6, {_v6[0]}, "", _now);
	EXPECT_EQ(next(), "[2001:db8::1]:80");
	_order.onFailed("refused", _now);
	EXPECT_FALSE(_order.exhausted()) << "the other family is still asked for";
	_now += 1s;
	_order.onResolved(AF_INET, _v4, "", _now);
	EXPECT_EQ(next(), "192.0.2.1:80");
}

TEST_F(HappyEyeballsTest, IsExhaustedWhenAllHasFailedAndNamesWhatFailed)
{
	_order.onResolved(AF_INET6, {}, "x has no IPv6 address", _now);
	_order.onResolved(AF_INET, _v4, "", _now);
	EXPECT_NE(next(), "");
	_order.onFailed("192.0.2.1:80 refused the connection", _now);
	EXPECT_NE(next(), "");
	EXPECT_FALSE(_order.exhausted());
	_order.onFailed("192.0.2.2:80 refused the connection", _now);
	EXPECT_TRUE(_order.exhausted());
	EXPECT_EQ(_order.error(), "192.0.2.1:80 refused the connection; 192.0.2.2:80 refused the connection");
}

TEST_F(HappyEyeballsTest, OneSentenceForANameThatDoesNotExist)
{
	_order.onResolved(AF_INET6, {}, "no such name: x", _now);
	_order.onResolved(AF_INET, {}, "no such name: x", _now);
	EXPECT_TRUE(_order.exhausted());
	EXPECT_EQ(_order.error(), "no such name: x");
}

TEST_F(HappyEyeballsTest, TriesOnlySoManyOfEachFamily)
{
	_order.onResolved(AF_INET6, {}, "", _now);
	_order.onResolved(AF_INET, std::vector<Endpoint>(100, _v4[0]), "", _now);
	int attempts = 0;
	while (!next().empty())
	{
		++attempts;
		_order.onFailed("refused", _now);
	}
	EXPECT_EQ(attempts, 8);
	EXPECT_TRUE(_order.exhausted());
}

}

}
