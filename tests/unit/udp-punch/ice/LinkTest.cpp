// Two agents find each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

TEST(IceLink, TwoHostsLinkInOneRoundTripAndTheControlledSideHalfLater)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	const auto begun = world.now;
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s)) << world.alice.agent().explain();
	EXPECT_EQ(world.alice.times.front() - begun, 50ms);
	EXPECT_LE(world.bob.times.front() - begun, 75ms);
	EXPECT_EQ(world.alice.agent().selected()->path.remote, at("192.0.2.2:2000"));
	EXPECT_EQ(world.alice.agent().selected()->path.local, at("192.0.2.1:1000"));
	EXPECT_EQ(world.alice.agent().selected()->roundTrip, 50ms);
	EXPECT_EQ(world.bob.agent().selected()->path.remote, at("192.0.2.1:1000"));
	world.run(60s);
	EXPECT_EQ(world.alice.count(Event::Selected), 1U);
	EXPECT_EQ(world.bob.count(Event::Selected), 1U);
	EXPECT_EQ(world.alice.events.size() + world.bob.events.size(), 2U);
	EXPECT_EQ(world.alice.agent().counters().unauthenticated, 0U);
}

TEST(IceLink, TwoPortRestrictedNatsAreBored)
{
	World world;
	world.alice.nat = std::make_unique<Nat>();
	world.alice.nat->address = at("203.0.113.1:1");
	world.bob.nat = std::make_unique<Nat>();
	world.bob.nat->address = at("203.0.113.2:1");
	world.alice.reflexive(world.alice.open({"10.0.0.1:1000"}));
	world.bob.reflexive(world.bob.open({"10.1.0.1:2000"}));
	world.introduce();
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s)) << world.alice.agent().explain();
	const auto selected = *world.alice.agent().selected();
	EXPECT_EQ(selected.path.remote, at("203.0.113.2:40000"));
	EXPECT_EQ(selected.remoteType, CandidateType::ServerReflexive);
	EXPECT_EQ(selected.localType, CandidateType::ServerReflexive);
}

TEST(IceLink, ASymmetricNatIsMetByAPeerReflexiveCandidate)
{
	World world;
	world.alice.nat = std::make_unique<Nat>();
	world.alice.nat->address = at("203.0.113.1:1");
	world.alice.nat->symmetric = true;
	world.bob.nat = std::make_unique<Nat>();
	world.bob.nat->address = at("203.0.113.2:1");
	world.bob.nat->open = true;
	world.alice.reflexive(world.alice.open({"10.0.0.1:1000"}));
	world.bob.reflexive(world.bob.open({"10.1.0.1:2000"}));
	world.introduce();
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s)) << world.alice.agent().explain();
	EXPECT_EQ(world.alice.agent().selected()->localType, CandidateType::PeerReflexive);
	EXPECT_EQ(world.bob.agent().selected()->remoteType, CandidateType::PeerReflexive);
	EXPECT_NE(world.bob.agent().selected()->path.remote, world.alice.lines.back().endpoint);
}

}
