// The whole link between two simulated nodes: ICE, DTLS, SCTP, chat, in virtual time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/HomesScene.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

TEST(SimLink, twoHomesLinkAndTalk)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			ASSERT_TRUE(scene.talk()) << scene.explain();
			EXPECT_TRUE(scene.anna->link()->status().proven);
			EXPECT_EQ(scene.anna->link()->status().remoteType, CandidateType::ServerReflexive);
		});
}

TEST(SimLink, theFirstMessageArrivesWithinSixRoundTrips)
{
	double most = 0;
	forSeeds(1, 20,
		[&](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.firstWords()) << scene.explain();
			// Both have joined when the rendezvous has heard both: half a round trip after they said hello.
			const auto joined = scene.joined + ACCESS.delay * 2;
			const auto [first, second] =
				std::minmax(*scene.anna->firstReceivedAt, *scene.ben->firstReceivedAt);
			most = std::max(most, double((first - joined) / 1us) / 50'000);
			fmt::print(
				"seed {}: up {} and {} ms, first message each way {} and {} ms after both had joined\n", seed,
				milliseconds(*scene.anna->upAt - joined), milliseconds(*scene.ben->upAt - joined),
				milliseconds(first - joined), milliseconds(second - joined));
		});
	fmt::print("{:.2f} round trips of 50 ms at most\n", most);
	EXPECT_LE(most, 6);
}

TEST(SimLink, aHostileRendezvousLinksNobody)
{
	// Each word that is signed, changed on the way from Anna to Ben.
	for (const auto* member : {"\"fingerprint\":\"", "\"ufrag\":\"", "\"pwd\":\""})
		withSeed(1,
			[&](std::uint64_t seed)
			{
				HomesScene scene{seed};
				const std::string found = member;
				scene.room.tamper = [&](const PeerId& from, const PeerId&, const std::string& data)
				{
					auto changed = data;
					const auto at = data.find(found);
					if (from == scene.anna->id() && at != std::string::npos)
					{
						// The last character of the value stays within its alphabet.
						auto& letter = changed[data.find('"', at + found.size()) - 1];
						letter = letter == 'A' ? 'B' : 'A';
					}
					return std::optional{changed};
				};
				scene.start();
				EXPECT_FALSE(scene.link(10s)) << member;
				EXPECT_FALSE(scene.ben->up()) << member;
				ASSERT_EQ(scene.ben->notices.size(), 1U) << member << scene.ben->explain();
				EXPECT_NE(scene.ben->notices.front().find("lying"), std::string::npos)
					<< scene.ben->notices.front();
			});
}

TEST(SimLink, twoRunsOfASeedHaveTheSamePackets)
{
	const auto run = [](std::uint64_t seed)
	{
		HomesScene scene{seed};
		auto line = ACCESS;
		line.loss = 0.05;
		line.jitter = 5ms;
		scene.annaLine().set(line);
		scene.start();
		EXPECT_TRUE(scene.link());
		EXPECT_TRUE(scene.talk());
		scene.world.run(10s);
		return std::pair{scene.world.log().digest(), scene.world.log().text()};
	};
	withSeed(7,
		[&](std::uint64_t seed)
		{
			const auto first = run(seed);
			const auto second = run(seed);
			EXPECT_EQ(first.first, second.first);
			EXPECT_EQ(first.second, second.second);
			EXPECT_NE(run(seed + 1).first, first.first);
		});
}
