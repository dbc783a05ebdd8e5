// Consent and the sign of life.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/Liveness.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::Contains;
using testing::ElementsAre;
using Action = Liveness::Action;

/// Two linked hosts with one port each.
struct Linked : World
{
	Linked()
	{
		alice.open({"192.0.2.1:1000"});
		bob.open({"192.0.2.2:2000"});
		introduce();
		EXPECT_TRUE(runUntil([&] { return bothSelected(); }, 1s));
		run(1s);
		clear();
	}

	void clear()
	{
		for (auto* host : {&alice, &bob})
		{
			host->events.clear();
			host->times.clear();
			host->sent = 0;
		}
	}

	void cut()
	{
		passes = [](Datagram&) { return false; };
		since = now;
	}

	void heal()
	{
		passes = [](Datagram&) { return true; };
	}

	TimePoint since{};
};

}

TEST(IceLiveness, AskedFourTimesInTheThirdSecondThenDoubtful)
{
	Liveness life{30s};
	const TimePoint start{1h};
	life.begin(start, start, false);
	std::vector<Duration> asked;
	TimePoint now = start;
	while (!life.doubtful())
	{
		now = life.nextDeadline();
		for (auto action = life.onTimer(now); action != Action::None; action = life.onTimer(now))
			if (action == Action::Ask)
			{
				asked.push_back(now - start);
				life.asked(now, 20ms, 0.5);
			}
			else
				break;
	}
	EXPECT_THAT(asked, ElementsAre(2s, 2250ms, 2500ms, 2750ms));
	EXPECT_EQ(now - start, 3s);
	EXPECT_TRUE(life.answered(now));
	EXPECT_FALSE(life.doubtful());
	EXPECT_FALSE(life.answered(now)) << "no doubt, no recovery";
}

TEST(IceLiveness, ALongRoundTripIsWaitedFor)
{
	Liveness life{30s};
	const TimePoint start{1h};
	life.begin(start, start, false);
	EXPECT_EQ(life.onTimer(start + 2s), Action::Ask);
	life.asked(start + 2s, 600ms, 0.5);
	EXPECT_EQ(life.nextDeadline(), start + 2900ms);
	EXPECT_EQ(life.onTimer(start + 2900ms), Action::Ask);
	life.asked(start + 2900ms, 600ms, 0.5);
	EXPECT_EQ(life.onTimer(start + 3800ms), Action::Ask);
	life.asked(start + 3800ms, 600ms, 0.5);
	EXPECT_EQ(life.onTimer(start + 4400ms), Action::Doubt);
}

TEST(IceLiveness, ConsentIsAskedForThoughTrafficFlows)
{
	Liveness life{30s};
	const TimePoint start{1h};
	life.begin(start, start, false);
	std::vector<Duration> asked;
	TimePoint last = start;
	for (auto now = start; now < start + 60s; now += 100ms)
	{
		life.heard(now);
		if (life.onTimer(now) != Action::Ask)
			continue;
		asked.push_back(now - last);
		last = now;
		life.asked(now, 20ms, static_cast<double>(asked.size() % 11) / 10);
		life.answered(now);
	}
	EXPECT_GE(asked.size(), 10U);
	for (const auto interval : asked)
	{
		EXPECT_GE(interval, 4s);
		EXPECT_LE(interval, 6100ms);
	}
}

TEST(IceLiveness, WhatIsHeardDoesNotHideThatNobodyAnswers)
{
	Liveness life{30s};
	const TimePoint start{1h};
	life.begin(start, start, false);
	TimePoint doubted = NEVER;
	TimePoint expired = NEVER;
	for (auto now = start; now < start + 40s && expired == NEVER; now += 50ms)
	{
		life.heard(now);
		const auto action = life.onTimer(now);
		if (action == Action::Ask)
			life.asked(now, 20ms, 0.5);
		else if (action == Action::Doubt)
			doubted = now;
		else if (action == Action::Expire)
			expired = now;
	}
	EXPECT_EQ(doubted - start, 8s) << "consent is asked for after 5, and 3 more go by";
	EXPECT_EQ(expired - start, 30s);
}

TEST(IceLiveness, AnIdleLinkCostsAQuestionInTwoSeconds)
{
	Linked world;
	world.run(100s);
	EXPECT_TRUE(world.alice.events.empty());
	EXPECT_TRUE(world.bob.events.empty());
	// Both questions and answers; when both ask at once it is one more.
	EXPECT_LE(world.alice.sent + world.bob.sent, 220U);
	EXPECT_GE(world.alice.sent + world.bob.sent, 80U);
}

TEST(IceLiveness, ADeadPathIsDoubtfulWithinThreeSecondsAndConsentEndsAfterThirty)
{
	for (auto wait = 0ms; wait <= 5s; wait += 370ms)
	{
		Linked world;
		world.run(wait);
		world.clear();
		world.cut();
		world.run(40s);
		for (auto* host : {&world.alice, &world.bob})
		{
			ASSERT_THAT(host->events, ElementsAre(Event::Doubtful, Event::Failed)) << wait.count();
			EXPECT_LE(host->times[0] - world.since, 3s + world.delay) << wait.count();
			EXPECT_LE(host->times[1] - world.since, 30s + 2 * world.delay);
			EXPECT_GE(host->times[1] - world.since, 24s);
			EXPECT_FALSE(host->agent().selected());
		}
	}
}

TEST(IceLiveness, ThePairThatComesBackIsRecovered)
{
	Linked world;
	world.cut();
	world.run(10s);
	world.heal();
	world.run(2s);
	for (auto* host : {&world.alice, &world.bob})
	{
		EXPECT_THAT(host->events, ElementsAre(Event::Doubtful, Event::Recovered));
		EXPECT_TRUE(host->agent().selected());
	}
	world.run(60s);
	EXPECT_EQ(world.alice.events.size(), 2U);
}

TEST(IceLiveness, EvenAfterConsentHasEndedAWayThatOpensIsFound)
{
	Linked world;
	world.cut();
	world.run(32s);
	world.heal();
	world.run(5s);
	for (auto* host : {&world.alice, &world.bob})
		EXPECT_THAT(host->events, ElementsAre(Event::Doubtful, Event::Failed, Event::Selected));
}

TEST(IceLiveness, TrafficIsASignOfLife)
{
	Linked world;
	world.run(10s);
	world.clear();
	const auto path = world.alice.agent().selected()->path;
	// Bob's questions get no answer but Alice's records arrive, and so on: only consent is asked for.
	for (int i = 0; i < 100; ++i)
	{
		world.alice.agent().onTraffic(path, world.now);
		world.bob.agent().onTraffic(world.bob.agent().selected()->path, world.now);
		world.run(100ms);
	}
	EXPECT_LE(world.alice.sent, 8U) << "two or three for consent, and as many answers";
	EXPECT_TRUE(world.alice.events.empty());
}

}
