// More than one way, and one that dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/stun/MessageView.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

TEST(IceFailover, TheOtherPathTakesOver)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.alice.open({"198.51.100.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	world.run(7s);
	const auto before = world.bob.agent().selected()->path.remote;
	ASSERT_EQ(world.alice.agent().selected()->path.local, before);
	world.passes = [&](Datagram& datagram) { return datagram.source != before && datagram.target != before; };
	const auto since = world.now;
	ASSERT_TRUE(world.runUntil(
		[&]
		{
			return world.bob.agent().selected()->path.remote != before &&
				   world.alice.agent().selected()->path.local != before;
		},
		10s));
	EXPECT_LE(world.now - since, 3s + 6 * world.delay);
	world.run(60s);
	EXPECT_EQ(world.alice.count(Event::Failed) + world.bob.count(Event::Failed), 0U);
	EXPECT_EQ(world.alice.events.back(), Event::Selected);
}

TEST(IceFailover, APathThatIsDeadOneWayIsLeftByBoth)
{
	for (const bool alicesWay : {true, false})
	{
		World world;
		world.alice.open({"192.0.2.1:1000"});
		world.alice.open({"198.51.100.1:1000"});
		world.bob.open({"192.0.2.2:2000"});
		world.introduce();
		ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
		world.run(7s);
		const auto before = world.alice.agent().selected()->path.local;
		world.passes = [&](Datagram& datagram)
		{ return (alicesWay ? datagram.source : datagram.target) != before; };
		const auto since = world.now;
		ASSERT_TRUE(world.runUntil(
			[&]
			{
				return world.bob.agent().selected()->path.remote != before &&
					   world.alice.agent().selected()->path.local != before;
			},
			20s))
			<< alicesWay;
		EXPECT_LE(world.now - since, 5s) << alicesWay;
	}
}

TEST(IceFailover, TheSecondBestPairIsKeptWarm)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.alice.open({"198.51.100.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	world.run(1s);
	const auto used = world.bob.agent().selected()->path.remote;
	std::vector<Duration> moments;
	const auto begun = world.now;
	unsigned other = 0;
	world.passes = [&](Datagram& datagram)
	{
		if (datagram.source == used || datagram.target == used)
			return true;
		++other;
		if (moments.empty() || world.now - begun - moments.back() > 1s)
			moments.push_back(world.now - begun);
		return true;
	};
	world.run(200s);
	EXPECT_GE(moments.size(), 9U) << "a NAT would have forgotten it after 30 s";
	EXPECT_LE(other, 80U);
	EXPECT_EQ(world.alice.events.size(), 1U);
}

TEST(IceFailover, ConsentEndsForPairsThatWereNeverSelected)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.tell(world.bob, world.alice); // Alice does not know Bob, so nothing is nominated
	world.run(1s);
	EXPECT_TRUE(world.bob.agent().valid());
	world.passes = [](Datagram&) { return false; };
	world.run(28s);
	EXPECT_TRUE(world.bob.agent().valid());
	world.run(2s);
	world.bob.agent().onTimer(world.now);
	EXPECT_FALSE(world.bob.agent().valid());
}

TEST(IceFailover, ALostNominationIsSoonSentAgain)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	bool lost = false;
	const auto isNomination = [](const Datagram& datagram)
	{
		const auto message = stun::MessageView::parse(datagram.bytes);
		return message && message->has(stun::attribute::USE_CANDIDATE);
	};
	world.passes = [&](Datagram& datagram) { return lost || !(lost = isNomination(datagram)); };
	world.introduce();
	const auto begun = world.now;
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	EXPECT_TRUE(lost);
	EXPECT_LE(world.now - begun, 250ms) << "three round trips after the first";
}

}
