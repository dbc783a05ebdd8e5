#include "plugins/discovery/turn/Race.h"

#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::turn;
using namespace std::chrono_literals;

namespace
{

class TurnRaceTest : public testing::Test
{
protected:
	/// Whom the race wants asked now.
	std::vector<std::string> begun()
	{
		std::vector<std::string> servers;
		while (const auto server = race.pollBegin(now))
			servers.push_back(*server);
		return servers;
	}

	using Names = std::vector<std::string>;

	TimePoint now{1h};
	Random random{nullptr, [] { return 0.0; }};
	Race race{random};
};

}

TEST_F(TurnRaceTest, asksAllAtOnceAndKeepsTheFirst)
{
	race.set({"a", "b", "c"});
	EXPECT_EQ(begun(), (Names{"a", "b", "c"}));
	EXPECT_TRUE(race.running());
	race.lost("a", EndReason::Silent, now);
	EXPECT_EQ(race.won("c", now), Names{"b"});
	EXPECT_EQ(race.kept(), "c");
	EXPECT_FALSE(race.running());
	EXPECT_EQ(race.nextDeadline(), NEVER);
	now += 1h;
	EXPECT_EQ(begun(), Names{}) << "the others are spare";
}

TEST_F(TurnRaceTest, theSparesAreAskedWhenTheOneIsLost)
{
	race.set({"a", "b"});
	begun();
	race.won("a", now);
	now += 10s;
	race.lost("a", EndReason::Silent, now);
	EXPECT_EQ(race.kept(), "");
	EXPECT_EQ(begun(), Names{"b"}) << "a gave an allocation that did not live long";
	EXPECT_EQ(race.nextDeadline(), now + 1s);
	now += 1s;
	EXPECT_EQ(begun(), Names{"a"});
	race.won("b", now);
	now += 10min;
	race.lost("b", EndReason::Mismatch, now);
	EXPECT_EQ(begun(), (Names{"a", "b"})) << "b was restarted, and is as good as it was";
}

TEST_F(TurnRaceTest, pausesGrowUpToFiveMinutes)
{
	race.set({"a"});
	std::vector<std::int64_t> pauses;
	for (int i = 0; i < 9; ++i)
	{
		EXPECT_EQ(begun(), Names{"a"});
		race.lost("a", EndReason::Silent, now);
		pauses.push_back((race.nextDeadline() - now) / 1s);
		now = race.nextDeadline();
	}
	EXPECT_EQ(pauses, (std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256}));
	EXPECT_EQ(begun(), Names{"a"});
	race.lost("a", EndReason::Silent, now);
	EXPECT_EQ(race.nextDeadline(), now + 5min);
	now += 5min;
	EXPECT_EQ(begun(), Names{"a"});
	race.won("a", now);
	now += 1min;
	race.lost("a", EndReason::Silent, now);
	EXPECT_EQ(race.nextDeadline(), now) << "it is a good one again";
}

TEST_F(TurnRaceTest, whoSaidNoIsLeftAloneForAMinute)
{
	race.set({"a", "b"});
	begun();
	race.lost("a", EndReason::Credentials, now);
	race.lost("b", EndReason::Silent, now);
	EXPECT_EQ(race.nextDeadline(), now + 1s);
	race.hurry(now);
	EXPECT_EQ(begun(), Names{"b"}) << "a changed network makes no password right";
	race.hurry("a", now);
	EXPECT_EQ(begun(), Names{"a"}) << "new credentials may";
	race.lost("a", EndReason::Quota, now);
	EXPECT_EQ(race.nextDeadline(), now + 60s);
}

TEST_F(TurnRaceTest, chanceMakesPausesUpToAQuarterLonger)
{
	random.fraction = [] { return 0.999; };
	race.set({"a"});
	begun();
	race.lost("a", EndReason::Silent, now);
	EXPECT_GT(race.nextDeadline(), now + 1200ms);
	EXPECT_LT(race.nextDeadline(), now + 1250ms);
}

TEST_F(TurnRaceTest, aListMayChangeWhileItRuns)
{
	race.set({"a", "b"});
	begun();
	race.won("a", now);
	race.set({"b", "c"});
	EXPECT_EQ(race.kept(), "");
	EXPECT_EQ(begun(), (Names{"b", "c"}));
	race.set({"c"});
	race.lost("b", EndReason::Silent, now);
	EXPECT_EQ(race.nextDeadline(), NEVER);
	EXPECT_EQ(race.won("c", now), Names{});
}
