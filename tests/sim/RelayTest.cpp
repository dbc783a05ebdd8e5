// Links over the rendezvous' relay, and away from it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/HomesScene.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

/// No hole can be made: both map anew for each destination, at random.
struct HardScene : HomesScene
{
	explicit HardScene(std::uint64_t seed) : HomesScene(seed, SYMMETRIC, SYMMETRIC)
	{
		relayed = true;
	}
};

}

TEST(SimRelayed, twoSymmetricNatsLinkOverTheRelay)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HardScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			ASSERT_TRUE(scene.talk()) << scene.explain();
			EXPECT_TRUE(scene.anna->relayed());
			EXPECT_TRUE(scene.ben->relayed());
			EXPECT_EQ(scene.anna->link()->status().reason, "relayed, trying direct…");
			scene.world.run(60s);
			EXPECT_THAT(scene.anna->link()->status().reason, testing::HasSubstr("no direct path"));
			EXPECT_TRUE(scene.talk()) << scene.explain();
		});
}

TEST(SimRelayed, theFirstMessageArrivesWithinFiveRoundTrips)
{
	double most = 0;
	forSeeds(1, 20,
		[&](std::uint64_t seed)
		{
			HardScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.firstWords()) << scene.explain();
			const auto joined = scene.joined + ACCESS.delay * 2;
			const auto first = std::min(*scene.anna->firstReceivedAt, *scene.ben->firstReceivedAt);
			most = std::max(most, double((first - joined) / 1us) / 100'000);
		});
	fmt::print("{:.2f} round trips of 100 ms, node to node through the relay, at most\n", most);
	EXPECT_LE(most, 5);
}

TEST(SimRelayed, whoCanGoDirectDoesSoAndLosesNothing)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.relayed = true;
			// The direct path comes late: until then the NATs let nothing through.
			scene.start();
			scene.annaLine().plug(false);
			ASSERT_TRUE(scene.link(5s)) << scene.explain();
			EXPECT_TRUE(scene.anna->relayed() && scene.ben->relayed()) << scene.explain();
			scene.world.run(3s);
			scene.annaLine().plug(true);
			std::size_t said = 0;
			while (said < 1000)
			{
				scene.anna->say(std::to_string(said));
				scene.ben->say(std::to_string(said));
				++said;
				scene.world.run(20ms);
			}
			scene.world.run(3s);
			EXPECT_TRUE(scene.direct()) << scene.explain();
			for (const auto* one : {scene.anna.get(), scene.ben.get()})
			{
				ASSERT_EQ(one->received.size(), said) << scene.explain();
				for (std::size_t number = 0; number < said; ++number)
					ASSERT_EQ(one->received[number], std::to_string(number));
			}
		});
}

TEST(SimRelayed, aRelayThatIsTakenAwayHurtsNoDirectLink)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.relayed = true;
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(5s);
			ASSERT_TRUE(scene.direct()) << scene.explain();
			const auto changes = scene.anna->states.size();
			scene.relay.setReachable(false);
			scene.world.run(120s);
			EXPECT_TRUE(scene.talk()) << scene.explain();
			EXPECT_EQ(scene.anna->states.size(), changes) << scene.explain();
		});
}

TEST(SimRelayed, aDeadDirectPathIsReplacedByTheRelayInSeconds)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.relayed = true;
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(5s);
			ASSERT_TRUE(scene.direct()) << scene.explain();
			const auto died = scene.world.now();
			scene.annaLine().plug(false);
			scene.anna->say("by the relay");
			ASSERT_TRUE(scene.world.runUntil([&] { return scene.ben->received.size() == 1; }, 20s))
				<< scene.explain();
			EXPECT_LT(scene.world.now() - died, 5s);
			EXPECT_TRUE(scene.talk()) << scene.explain();
			scene.annaLine().plug(true);
			EXPECT_TRUE(scene.goDirect(90s)) << scene.explain();
		});
}

TEST(SimRelayed, whatIsSaidWhileThePathIsInDoubtGoesByTheRelayToo)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.relayed = true;
			scene.start();
			ASSERT_TRUE(scene.link() && scene.goDirect()) << scene.explain();
			scene.world.run(5s);
			const auto carried = scene.relay.carried();
			ASSERT_TRUE(scene.talk()) << scene.explain();
			EXPECT_EQ(scene.relay.carried(), carried) << "while the path is well it is not needed";
			scene.world.run(1s); // until nothing is under way
			scene.annaLine().plug(false);
			const auto inDoubt = [&] {
				return scene.anna->link()->agent().explain().find("other pairs are tried") !=
					   std::string::npos;
			};
			ASSERT_TRUE(scene.world.runUntil(inDoubt, 10s)) << scene.explain();
			// The node sends nothing new by a silent link; what is under way in it goes both ways.
			ASSERT_EQ(
				scene.anna->link()->send({.id = "1", .content = "is anybody there?", .time = WallTime{}}),
				SendResult::Sent);
			// One way; a check that brings the path to the relay takes the way and back.
			scene.world.run(ACCESS.delay * 4 + 10ms);
			EXPECT_TRUE(scene.anna->direct()) << scene.explain();
			EXPECT_EQ(scene.ben->received.back(), "is anybody there?") << scene.explain();
		});
}

TEST(SimRelayed, aRelayedLinkSurvivesARestartOfTheRelay)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			HardScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.relay.setReachable(false);
			scene.anna->say("later");
			scene.world.run(20s);
			scene.relay.setReachable(true);
			const auto back = scene.world.now();
			ASSERT_TRUE(scene.world.runUntil([&] { return scene.ben->received.size() == 1; }, 60s))
				<< scene.explain();
			EXPECT_LT(scene.world.now() - back, 5s);
		});
}
