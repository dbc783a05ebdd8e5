#include "plugins/transport/udp-punch/mtu/PathMtuSearch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace gimlet;
using namespace std::chrono_literals;
using udp_punch::PathMtuSearch;

namespace
{

/// A path of a size in virtual time, with an agent that answers after a round trip and gives up after three
/// seconds.
class Path
{
public:
	explicit Path(std::size_t size, PathMtuSearch::Configuration configuration = {}) :
		carries(size), search(std::move(configuration))
	{
		search.start(now);
	}

	/// Lets time pass; answers come when they are due.
	void run(Duration duration)
	{
		const auto end = now + duration;
		while (true)
		{
			if (const auto size = search.pollProbe(now))
			{
				probes.push_back(*size);
				_answered = *size <= carries;
				_answerAt = now + (_answered ? roundTrip : 3s);
			}
			if (const auto size = search.pollChange())
				changes.push_back(*size);
			const auto next = std::min(_answerAt, search.nextDeadline());
			if (next > end)
				break;
			now = std::max(now, next);
			if (_answerAt <= now)
			{
				_answerAt = TimePoint::max();
				search.onAnswer(_answered, now);
			}
		}
		now = end;
	}

	std::size_t carries;
	Duration roundTrip = 50ms;
	TimePoint now{1000h};
	PathMtuSearch search;
	std::vector<std::size_t> probes;
	std::vector<std::size_t> changes;

private:
	TimePoint _answerAt = TimePoint::max();
	bool _answered = false;
};

using Sizes = std::vector<std::size_t>;

}

TEST(PathMtuSearch, ClimbsARoundTripASizeAndEndsWithOneFailure)
{
	Path path{1472};
	EXPECT_EQ(path.search.size(), 1200U);
	path.run(0s);
	EXPECT_EQ(path.changes, Sizes{}) << "nothing changes before an answer";
	path.run(6 * 50ms);
	EXPECT_EQ(path.search.size(), 1472U);
	EXPECT_EQ(path.changes, (Sizes{1232, 1372, 1392, 1452, 1464, 1472}));
	EXPECT_FALSE(path.search.complete());
	path.run(3s);
	EXPECT_TRUE(path.search.complete());
	EXPECT_EQ(path.probes, (Sizes{1232, 1372, 1392, 1452, 1464, 1472, 4000}));
	EXPECT_EQ(path.search.counters().answers, 6U);
	EXPECT_EQ(path.search.counters().failures, 1U);
	EXPECT_EQ(path.search.counters().blackHoles, 0U);
}

TEST(PathMtuSearch, FindsEverySizeOfItsList)
{
	Sizes sizes{1200};
	sizes.insert(sizes.end(), PathMtuSearch::defaultSizes().begin(), PathMtuSearch::defaultSizes().end());
	EXPECT_TRUE(std::is_sorted(sizes.begin(), sizes.end()));
	for (const auto size : sizes)
	{
		Path path{size, {.largest = 65507}};
		path.run(5s);
		EXPECT_EQ(path.search.size(), size);
		EXPECT_TRUE(path.search.complete());
	}
}

TEST(PathMtuSearch, StaysBelowTheLargest)
{
	Path path{65507, {.largest = 1472}};
	path.run(1h);
	EXPECT_EQ(path.search.size(), 1472U);
	EXPECT_EQ(*std::max_element(path.probes.begin(), path.probes.end()), 1472U);
	Path none{65507, {.largest = 1200}};
	none.run(1h);
	EXPECT_EQ(none.search.size(), 1200U);
	EXPECT_TRUE(none.probes.empty());
	EXPECT_TRUE(none.search.complete());
	EXPECT_EQ(none.search.nextDeadline(), TimePoint::max());
	Path own{1400, {.sizes = {1400, 1300, 1300, 900, 1500}}};
	own.run(10s);
	EXPECT_EQ(own.probes, (Sizes{1300, 1400, 1500}));
}

TEST(PathMtuSearch, TriesLargerSizesAgainAfterTenMinutes)
{
	Path path{1472};
	path.run(590s);
	EXPECT_EQ(path.search.size(), 1472U);
	path.carries = 8972;
	EXPECT_EQ(std::count(path.probes.begin(), path.probes.end(), 4000U), 1);
	path.run(20s);
	EXPECT_EQ(path.search.size(), 8972U);
	EXPECT_EQ(path.changes.back(), 8972U);
}

TEST(PathMtuSearch, AsksNowAndThenWhetherTheSizeHolds)
{
	Path path{1472};
	path.run(4s);
	const auto before = path.probes.size();
	path.run(300s);
	EXPECT_EQ(path.probes.size() - before, 10U);
	EXPECT_EQ(path.probes.back(), 1472U);
	EXPECT_EQ(path.changes.size(), 6U) << "nothing changed";
	Path small{1200};
	small.run(300s);
	EXPECT_EQ(small.probes, Sizes{1232}) << "the base size needs no proof";
}

TEST(PathMtuSearch, ABlackHoleEndsInTheBaseSizeAndANewSearch)
{
	Path path{8972};
	path.run(10s);
	ASSERT_EQ(path.search.size(), 8972U);
	path.changes.clear();
	path.carries = 1400;
	path.run(30s);
	EXPECT_EQ(path.changes, (Sizes{1200, 1232, 1372, 1392}));
	EXPECT_EQ(path.search.counters().blackHoles, 1U);
}

TEST(PathMtuSearch, AStallFallsBackAtOnceAndAnAnswerRestores)
{
	Path path{8972};
	path.run(10s);
	path.changes.clear();
	path.search.onStall(path.now);
	EXPECT_EQ(path.search.size(), 1200U) << "before anything was asked";
	EXPECT_EQ(path.search.nextDeadline(), path.now);
	path.run(50ms);
	EXPECT_EQ(path.changes, (Sizes{1200, 8972}));
	EXPECT_EQ(path.search.counters().blackHoles, 0U);
	// Loss is common: a second stall soon after is not believed.
	path.search.onStall(path.now);
	EXPECT_EQ(path.search.size(), 8972U);
	path.run(5s);
	path.search.onStall(path.now);
	EXPECT_EQ(path.search.size(), 1200U);
}

TEST(PathMtuSearch, AStallOnAPathThatShrankClimbsToWhatItCarries)
{
	Path path{8972};
	path.run(10s);
	path.changes.clear();
	path.carries = 1472;
	path.search.onStall(path.now);
	path.run(4s);
	EXPECT_EQ(path.changes, (Sizes{1200, 1232, 1372, 1392, 1452, 1464, 1472}));
	EXPECT_EQ(path.search.counters().blackHoles, 1U);
}

TEST(PathMtuSearch, AStallWhileALargerSizeIsProbedBlamesTheRightOne)
{
	Path path{1472};
	path.run(300ms);
	ASSERT_EQ(path.search.size(), 1472U);
	ASSERT_EQ(path.probes.back(), 4000U);
	path.search.onStall(path.now);
	path.run(4s);
	EXPECT_EQ(path.search.size(), 1472U) << "4000 failed, 1472 was proved after it";
	EXPECT_EQ(path.search.counters().blackHoles, 0U);
}

TEST(PathMtuSearch, ASilentPathIsNotASmallOneForLong)
{
	Path path{1472};
	path.run(10s);
	path.carries = 0;
	path.run(40s); // it is noticed, and the search fails
	EXPECT_EQ(path.search.size(), 1200U);
	const auto before = path.probes.size();
	path.carries = 1472;
	path.run(40s);
	EXPECT_EQ(path.search.size(), 1472U);
	EXPECT_LT(path.probes.size() - before, 12U);
	// Where it stays small, the time between two looks doubles up to the raise timer.
	Path lost{1472};
	lost.run(10s);
	lost.carries = 1200;
	lost.run(1h);
	const auto count = lost.probes.size();
	EXPECT_LT(count, 22U);
	lost.run(1200s);
	EXPECT_LE(lost.probes.size() - count, 2U);
}

TEST(PathMtuSearch, AnotherPathBeginsAtTheBase)
{
	Path path{8972};
	path.run(10s);
	path.changes.clear();
	path.carries = 1372;
	path.search.start(path.now);
	EXPECT_EQ(path.search.size(), 1200U);
	path.run(1s);
	EXPECT_EQ(path.changes, (Sizes{1200, 1232, 1372}));
	EXPECT_EQ(path.search.counters().blackHoles, 0U);
}

TEST(PathMtuSearch, WithoutAPathNothingIsAsked)
{
	PathMtuSearch search;
	const TimePoint now{1h};
	EXPECT_FALSE(search.pollProbe(now));
	EXPECT_EQ(search.nextDeadline(), TimePoint::max());
	search.onStall(now);
	search.onAnswer(true, now);
	EXPECT_EQ(search.size(), 1200U);
	search.start(now);
	ASSERT_TRUE(search.pollProbe(now));
	search.stop();
	search.onAnswer(true, now);
	EXPECT_EQ(search.size(), 1200U);
	EXPECT_EQ(search.nextDeadline(), TimePoint::max());
}

TEST(PathMtuSearch, AProbeThatCouldNotBeSentComesASecondLater)
{
	PathMtuSearch search;
	const TimePoint now{1h};
	search.start(now);
	ASSERT_EQ(search.pollProbe(now), 1232U);
	EXPECT_FALSE(search.pollProbe(now)) << "one at a time";
	search.notSent(now);
	EXPECT_EQ(search.counters().probes, 0U);
	EXPECT_FALSE(search.pollProbe(now));
	EXPECT_EQ(search.nextDeadline(), now + 1s);
	EXPECT_EQ(search.pollProbe(now + 1s), 1232U);
	// A proof too.
	search.onAnswer(true, now + 1s);
	search.onStall(now + 1s);
	ASSERT_EQ(search.pollProbe(now + 1s), 1232U);
	search.notSent(now + 1s);
	EXPECT_FALSE(search.pollProbe(now + 1s));
	EXPECT_EQ(search.pollProbe(now + 2s), 1232U);
}

TEST(PathMtuSearch, SeveralFailuresMayBeDemanded)
{
	PathMtuSearch search{{.failures = 3}};
	const TimePoint now{1h};
	search.start(now);
	for (int i = 0; i < 3; ++i)
	{
		EXPECT_FALSE(search.complete());
		EXPECT_EQ(search.pollProbe(now), 1232U);
		search.onAnswer(false, now);
	}
	EXPECT_TRUE(search.complete());
	EXPECT_FALSE(search.pollProbe(now));
}

/// Whatever happens, in the end it finds what the path carries, and never told more than the path has
/// carried since it began.
TEST(PathMtuSearch, RandomPaths)
{
	for (unsigned seed = 1; seed <= 300; ++seed)
	{
		std::mt19937 random{seed};
		Path path{1200, {.largest = 65507}};
		std::size_t largest = 1200;
		for (int step = 0; step < 40; ++step)
		{
			switch (random() % 4)
			{
			case 0:
				path.carries = 1200 + random() % 9000;
				break;
			case 1:
				path.search.onStall(path.now);
				break;
			case 2:
				path.search.start(path.now);
				break;
			default:
				break;
			}
			largest = std::max(largest, path.carries);
			path.run(std::chrono::milliseconds{random() % 20000});
			ASSERT_GE(path.search.size(), 1200U) << seed;
			ASSERT_LE(path.search.size(), largest) << seed;
		}
		path.run(30min);
		std::size_t expected = 1200;
		for (const auto size : PathMtuSearch::defaultSizes())
			if (size <= path.carries)
				expected = size;
		ASSERT_EQ(path.search.size(), expected) << "seed " << seed;
		ASSERT_LT(path.probes.size(), 600U) << "seed " << seed;
	}
}
