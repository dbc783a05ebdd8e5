#include "node/core/net/NetworkState.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/core/net/Settling.h"
#include "node/core/net/SleepDetector.h"

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

using Verdict = NetworkFact::Verdict;
using testing::ElementsAre;

NetworkState::Way way(const std::string& interface, const std::string& source, unsigned mtu)
{
	return {.interface = interface, .source = Endpoint::parseAddress(source, 0).value(), .mtu = mtu};
}

NetworkFact fact(const std::string& topic, Verdict verdict, const std::string& text, const std::string& value)
{
	return {.topic = topic, .verdict = verdict, .text = text, .value = value};
}

/// Takes back what was known of the way before.
const NetworkFact NO_MTU = fact("mtu", Verdict::Unknown, "", "");

}

TEST(NetworkFacts, SayByWhichWayDatagramsLeave)
{
	NetworkState state;
	state.ipv4 = way("eth0", "192.168.1.5", 1500);
	EXPECT_THAT(networkFacts(state),
		ElementsAre(fact("ipv4", Verdict::Good, "sends from 192.168.1.5 by eth0", "192.168.1.5"),
			fact("ipv6", Verdict::Unknown, "no way to the Internet", ""),
			fact("mtu", Verdict::Good, "1500 bytes on eth0", "1500")));
}

TEST(NetworkFacts, WithoutEitherBothAreMissed)
{
	EXPECT_THAT(networkFacts({}), ElementsAre(fact("ipv4", Verdict::Bad, "no way to the Internet", ""),
									  fact("ipv6", Verdict::Bad, "no way to the Internet", ""), NO_MTU));
}

TEST(NetworkFacts, AGuessHasNoInterface)
{
	NetworkState state;
	state.ipv6 = way("", "2001:db8::7", 0);
	EXPECT_THAT(networkFacts(state),
		ElementsAre(fact("ipv4", Verdict::Bad, "no way to the Internet", ""),
			fact("ipv6", Verdict::Good, "sends from 2001:db8::7", "2001:db8::7"), NO_MTU));
	state.ipv6 = way("tun0", "2001:db8::7", 1200);
	EXPECT_EQ(networkFacts(state).back(), fact("mtu", Verdict::Bad, "1200 bytes on tun0", "1200"));
}

TEST(NetworkSettling, ABurstIsOneEvent)
{
	const TimePoint start{1h};
	Settling settling{250ms, 1s};
	EXPECT_EQ(settling.nextDeadline(), NEVER);
	EXPECT_FALSE(settling.onTimer(start));
	settling.hint(start);
	settling.hint(start + 200ms);
	EXPECT_EQ(settling.nextDeadline(), start + 450ms);
	EXPECT_FALSE(settling.onTimer(start + 449ms));
	EXPECT_TRUE(settling.onTimer(start + 450ms));
	EXPECT_EQ(settling.nextDeadline(), NEVER);
}

TEST(NetworkSettling, OneThatDoesNotEndIsToldAllTheSame)
{
	const TimePoint start{1h};
	Settling settling{250ms, 1s};
	auto now = start;
	for (; now < start + 2s; now += 100ms)
	{
		settling.hint(now);
		if (settling.onTimer(now))
			break;
	}
	EXPECT_EQ(now, start + 1s);
	settling.hint(now);
	EXPECT_EQ(settling.nextDeadline(), now + 250ms) << "the next burst has a time of its own";
}

TEST(NetworkSleep, ABusyMachineIsNoSleepingOne)
{
	TimePoint now{1h};
	SleepDetector sleep{{}, now, now + 10min};
	for (const auto pause : {5s, 5s, 14s, 1s, 5s})
	{
		now += pause;
		EXPECT_FALSE(sleep.beat(now, now + 10min));
	}
}

TEST(NetworkSleep, ALaptopThatSleptIsToldByTheClockThatDidNot)
{
	TimePoint now{1h};
	SleepDetector sleep{{}, now, now};
	EXPECT_FALSE(sleep.beat(now + 5s, now + 6s)) << "less than anybody notices";
	EXPECT_TRUE(sleep.beat(now + 10s, now + 1h));
	EXPECT_FALSE(sleep.beat(now + 15s, now + 1h + 5s)) << "once";
}

TEST(NetworkSleep, APausedMachineFindsItsClockFarAhead)
{
	TimePoint now{1h};
	SleepDetector sleep{{}, now, now};
	EXPECT_FALSE(sleep.beat(now + 15s, now + 15s));
	EXPECT_TRUE(sleep.beat(now + 31s, now + 31s));
	EXPECT_FALSE(sleep.beat(now + 36s, now + 36s));
}

TEST(NetworkSleep, AStoppedProcessIsKnownToHaveBeenOne)
{
	TimePoint now{1h};
	SleepDetector sleep{{}, now, now};
	EXPECT_FALSE(sleep.continued(now + 6s, now + 6s)) << "Ctrl-Z and fg";
	EXPECT_TRUE(sleep.continued(now + 14s, now + 14s));
	EXPECT_FALSE(sleep.beat(now + 22s, now + 22s)) << "what was due comes before the signal";
	EXPECT_TRUE(sleep.continued(now + 22s + 1ms, now + 22s + 1ms));
	EXPECT_FALSE(sleep.continued(now + 22s + 2ms, now + 22s + 2ms)) << "once";
	EXPECT_TRUE(sleep.beat(now + 60s, now + 60s));
	EXPECT_FALSE(sleep.continued(now + 60s, now + 60s)) << "once";
	EXPECT_FALSE(sleep.beat(now + 68s, now + 68s));
	EXPECT_FALSE(sleep.beat(now + 68s + 1ms, now + 68s + 1ms)) << "news of the network, in the same round";
	EXPECT_TRUE(sleep.continued(now + 68s + 2ms, now + 68s + 2ms));
}

TEST(NetworkSleep, WhatHasPassedLongAgoIsNoReasonOfASignal)
{
	TimePoint now{1h};
	SleepDetector sleep{{}, now, now};
	now += 8s;
	EXPECT_FALSE(sleep.beat(now, now)) << "a busy machine";
	for (int i = 0; i < 20; ++i)
	{
		now += 500ms;
		EXPECT_FALSE(sleep.beat(now, now)) << "news of the network, again and again";
	}
	EXPECT_FALSE(sleep.continued(now, now)) << "Ctrl-Z and fg";
}

}
