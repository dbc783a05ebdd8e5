// New credentials under a living pair (RFC 8445, section 9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::Each;
using testing::ElementsAre;

struct Linked : World
{
	Linked()
	{
		alice.open({"192.0.2.1:1000"});
		bob.open({"192.0.2.2:2000"});
		introduce();
		EXPECT_TRUE(runUntil([&] { return bothSelected(); }, 1s));
		run(7s);
		alice.events.clear();
		bob.events.clear();
	}

	void restart(Host& host)
	{
		host.agent().restart(makeCredentials(source()), now);
	}

	/// Signals are slow; meanwhile both must stay selected.
	void live(Duration duration)
	{
		for (const auto end = now + duration; now < end;)
		{
			run(100ms);
			ASSERT_TRUE(bothSelected());
		}
	}
};

}

TEST(IceRestart, OfBothSidesChangesNothingAbove)
{
	Linked world;
	const auto before = world.alice.agent().local();
	world.restart(world.alice);
	EXPECT_NE(world.alice.agent().local(), before);
	world.live(1s);
	world.restart(world.bob);
	world.tell(world.bob, world.alice);
	world.live(1s);
	world.tell(world.alice, world.bob);
	world.live(60s);
	EXPECT_THAT(world.alice.events, Each(Event::Selected));
	EXPECT_THAT(world.bob.events, Each(Event::Selected));
	EXPECT_FALSE(world.alice.events.empty());
	EXPECT_FALSE(world.bob.events.empty());
	EXPECT_EQ(world.alice.agent().counters().unauthenticated, 0U);
	EXPECT_EQ(world.bob.agent().counters().unauthenticated, 0U);
}

TEST(IceRestart, OfThePeerAloneIsFollowed)
{
	Linked world;
	world.restart(world.bob);
	world.live(2s);
	world.tell(world.alice, world.bob);
	world.live(60s);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Selected));
	EXPECT_THAT(world.bob.events, Each(Event::Selected));
}

TEST(IceRestart, InAnyOrderOfTheCalls)
{
	Linked world;
	world.restart(world.alice);
	world.bob.agent().setRemote(world.alice.agent().local(), world.now);
	world.restart(world.bob);
	for (const auto& told : world.alice.lines)
		world.bob.agent().addRemote(told, world.now);
	world.live(1s);
	world.tell(world.alice, world.bob);
	world.live(40s);
	EXPECT_THAT(world.alice.events, Each(Event::Selected));
	EXPECT_THAT(world.bob.events, Each(Event::Selected));
}

TEST(IceRestart, ThePairInUseStaysUntilAnotherIsFoundOrConsentEnds)
{
	Linked world;
	world.restart(world.alice);
	world.restart(world.bob);
	// The new checks do not get through; consent for the old pair does.
	const auto fresh = std::array{world.alice.agent().local().ufrag, world.bob.agent().local().ufrag};
	bool blocked = true;
	world.passes = [&](Datagram& datagram)
	{
		const auto text = asText(datagram.bytes);
		return !blocked || (text.find(fresh[0]) == text.npos && text.find(fresh[1]) == text.npos);
	};
	world.tell(world.alice, world.bob, false);
	world.tell(world.bob, world.alice, false);
	world.live(35s);
	EXPECT_TRUE(world.alice.events.empty());
	world.passes = [](Datagram&) { return false; };
	world.run(31s);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Doubtful, Event::Failed));
	EXPECT_FALSE(world.alice.agent().selected());
}

TEST(IceRestart, AfterFailureFindsAWayAgain)
{
	Linked world;
	world.passes = [](Datagram&) { return false; };
	world.run(100s);
	EXPECT_FALSE(world.alice.agent().selected());
	world.passes = [](Datagram&) { return true; };
	world.restart(world.alice);
	world.run(100ms);
	world.restart(world.bob);
	world.tell(world.bob, world.alice);
	world.run(100ms);
	world.tell(world.alice, world.bob);
	EXPECT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	world.run(60s);
	EXPECT_TRUE(world.bothSelected());
}

TEST(IceRestart, MovesToANewAddressThatTheNatHasGiven)
{
	World world;
	for (auto* host : {&world.alice, &world.bob})
	{
		host->nat = std::make_unique<Nat>();
		host->nat->address = at(host == &world.alice ? "203.0.113.1:1" : "203.0.113.2:1");
	}
	world.alice.reflexive(world.alice.open({"10.0.0.1:1000"}));
	world.bob.reflexive(world.bob.open({"10.1.0.1:2000"}));
	world.introduce();
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	world.run(10s);
	world.alice.nat->forget(); // the router was switched off and on
	const auto since = world.now;
	world.run(5s);
	// Alice's questions come from a new port that Bob's NAT does not let in, so a restart is needed.
	EXPECT_EQ(world.alice.count(Event::Doubtful), 1U);
	world.alice.reflexive(*world.alice.ports.front());
	world.alice.agent().restart(makeCredentials(world.source()), world.now);
	world.bob.agent().restart(makeCredentials(world.source()), world.now);
	world.tell(world.bob, world.alice);
	world.tell(world.alice, world.bob);
	const auto mapped = world.alice.lines.back().endpoint;
	EXPECT_TRUE(world.runUntil([&] { return world.bob.agent().selected()->path.remote == mapped; }, 1s));
	EXPECT_LE(world.now - since, 6s);
	world.run(60s);
	EXPECT_TRUE(world.bothSelected());
	EXPECT_EQ(world.alice.count(Event::Failed) + world.bob.count(Event::Failed), 0U);
}

}
