#include "plugins/transport/udp-plain/Heartbeat.h"

#include <gtest/gtest.h>

#include "plugins/transport/udp-plain/Timing.h"

using namespace gimlet;
using namespace gimlet::udp_plain;

namespace
{

const TimePoint START{1h};

}

TEST(Heartbeat, KeepsItsIntervalToAPeerThatAnswersNothing)
{
	Heartbeat heartbeat(15s, true);
	EXPECT_EQ(heartbeat.nextDeadline(), NEVER);
	heartbeat.beat(START);
	for (int i = 0; i < 100; ++i)
	{
		const auto due = heartbeat.nextDeadline();
		EXPECT_EQ(due, START + i * 15s);
		heartbeat.send(due, false);
		EXPECT_FALSE(heartbeat.doubtful(due + 15s));
	}
	heartbeat.stop();
	EXPECT_EQ(heartbeat.nextDeadline(), NEVER);
}

TEST(Heartbeat, HurriesWhenItIsNotAnswered)
{
	Heartbeat heartbeat(15s, false);
	heartbeat.beat(START);
	std::vector<Duration> gaps;
	auto now = START;
	for (unsigned i = 0; i < PROBES_EACH_SECOND + PROBES_EACH_FIVE_SECONDS + 2; ++i)
	{
		EXPECT_EQ(heartbeat.doubtful(now), i >= PROBES_UNTIL_SILENT) << i;
		heartbeat.send(now, true);
		gaps.push_back(heartbeat.nextDeadline() - now);
		now = heartbeat.nextDeadline();
	}
	EXPECT_EQ(gaps[0], 500ms);
	EXPECT_EQ(gaps[3], 500ms);
	EXPECT_EQ(gaps[4], 1s);
	EXPECT_EQ(gaps[19], 1s);
	EXPECT_EQ(gaps[20], 5s);
	EXPECT_EQ(gaps.back(), 15s);
}

TEST(Heartbeat, MeasuresTheRoundTripOfTheKeepaliveThatWasAnswered)
{
	Heartbeat heartbeat(15s, false);
	const auto first = heartbeat.send(START, true);
	const auto second = heartbeat.send(START + 500ms, true);
	EXPECT_FALSE(heartbeat.answered(second + 1, START + 600ms)) << "never sent";
	EXPECT_FALSE(heartbeat.answered(0, START + 600ms));
	EXPECT_EQ(heartbeat.answered(first, START + 700ms), 700ms);
	EXPECT_EQ(heartbeat.unanswered(), 0U);
	EXPECT_EQ(heartbeat.nextDeadline(), START + 700ms + 15s);
	for (int i = 0; i < 100; ++i)
		heartbeat.send(START + 1s, true);
	EXPECT_FALSE(heartbeat.answered(first, START + 2s)) << "too old to be remembered";
}

TEST(Heartbeat, TakesItsTurnHalfAnIntervalAfterThePeers)
{
	Heartbeat yielding(15s, true);
	yielding.answered(yielding.send(START, true), START);
	yielding.peerSent(START + 4s);
	EXPECT_EQ(yielding.nextDeadline(), START + 11500ms);
	Heartbeat steady(15s, false);
	steady.answered(steady.send(START, true), START);
	steady.peerSent(START + 4s);
	EXPECT_EQ(steady.nextDeadline(), START + 15s);
}

TEST(Heartbeat, KeepalivesThatCrossEachOtherAreTakenApart)
{
	Heartbeat yielding(15s, true);
	const auto number = yielding.send(START, true);
	yielding.peerSent(START + 10ms);
	yielding.answered(number, START + 20ms);
	EXPECT_EQ(yielding.nextDeadline(), START + 10ms + 7500ms);
}

TEST(Heartbeat, AsksWhenThePeerMissesItsTurn)
{
	Heartbeat heartbeat(15s, false);
	heartbeat.answered(heartbeat.send(START, true), START);
	heartbeat.heard(START);
	EXPECT_EQ(heartbeat.nextDeadline(), START + 8500ms);
	heartbeat.heard(START + 7500ms);
	EXPECT_EQ(heartbeat.nextDeadline(), START + 15s);
	Heartbeat quick(1s, false);
	quick.answered(quick.send(START, true), START);
	quick.heard(START);
	EXPECT_EQ(quick.nextDeadline(), START + 1s);
}
