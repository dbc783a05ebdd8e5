// Links over time: paths that die, shrink, are rebound or forgotten; hosts that move; a rendezvous that goes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/HomesScene.h"
#include "tests/sim/stack/Transfer.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

/// Says something every 100 ms for a while. @return Whether all of it has arrived at the end.
bool talkFor(LinkScene& scene, Duration duration, Duration patience)
{
	const auto end = scene.world.now() + duration;
	const auto annaHas = scene.anna->received.size();
	const auto benHas = scene.ben->received.size();
	std::size_t said = 0;
	for (; scene.world.now() < end; ++said)
	{
		scene.anna->say(fmt::format("from anna {}", said));
		scene.ben->say(fmt::format("from ben {}", said));
		scene.world.run(100ms);
	}
	const bool arrived = scene.world.runUntil(
		[&] {
			return scene.anna->received.size() >= annaHas + said &&
				   scene.ben->received.size() >= benHas + said;
		},
		patience);
	return arrived && scene.anna->received.size() == annaHas + said &&
		   scene.ben->received.size() == benHas + said;
}

/// The longest time without a link after it was up first, as one side saw it.
Duration longestGap(const LinkPeer& peer)
{
	Duration longest{};
	std::optional<TimePoint> down;
	for (const auto& [state, time] : peer.states)
	{
		if (state != LinkState::Up)
			down = peer.upAt && *peer.upAt < time && !down ? time : down;
		else if (down)
			longest = std::max(longest, time - *std::exchange(down, std::nullopt));
	}
	return longest;
}

}

TEST(SimPath, aDeadPathIsReplacedByAnotherThatIsKnown)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			LinkScene scene{seed};
			scene.start(scene.directly("anna", {"198.51.100.1", "2001:db8:1::2"}),
				scene.directly("ben", {"198.51.100.2", "2001:db8:2::2"}));
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(3s);
			const bool version6 = scene.anna->link()->status().remote.isV6();
			scene.world.internet().blocks = [version6](const Packet& packet)
			{ return packet.destination.isV6() == version6; };
			const auto died = scene.world.now();
			scene.anna->say("queued");
			scene.ben->say("queued too");
			ASSERT_TRUE(scene.world.runUntil(
				[&] { return scene.anna->received.size() == 1 && scene.ben->received.size() == 1; }, 60s))
				<< scene.explain();
			fmt::print("seed {}: delivered {} ms after the path died\n", seed,
				milliseconds(scene.world.now() - died));
			EXPECT_LT(scene.world.now() - died, 6s);
			EXPECT_NE(scene.anna->link()->status().remote.isV6(), version6);
		});
}

TEST(SimPath, aNatThatForgetsIsPunchedAnew)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(3s);
			scene.annaRouter().nat().restart();
			EXPECT_TRUE(talkFor(scene, 10s, 60s)) << scene.explain();
			fmt::print("seed {}: {} ms without a link\n", seed,
				milliseconds(std::max(longestGap(*scene.anna), longestGap(*scene.ben))));
		});
}

TEST(SimPath, bothNatsForgetAtOnce)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(3s);
			scene.annaRouter().nat().restart();
			scene.benRouter().nat().restart();
			EXPECT_TRUE(talkFor(scene, 10s, 60s)) << scene.explain();
		});
}

TEST(SimPath, absoluteTimeoutsOfMappingsLoseNothing)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			auto carrier = PORT_RESTRICTED;
			carrier.absoluteTimeout = 60s; // FIELD.md: 48 to 75 s are met
			HomesScene scene{seed, carrier};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			EXPECT_TRUE(talkFor(scene, 5min, 60s)) << scene.explain();
			fmt::print("{} ms without a link at most\n",
				milliseconds(std::max(longestGap(*scene.anna), longestGap(*scene.ben))));
		});
}

TEST(SimPath, anIdleLinkOutlivesShortTimeoutsOfMappings)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			auto shortLived = PORT_RESTRICTED;
			shortLived.idleTimeout = 30s;
			shortLived.inboundRefreshes = false;
			HomesScene scene{seed, shortLived, shortLived};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			const auto changes = scene.anna->states.size();
			scene.world.run(30min);
			EXPECT_EQ(scene.anna->states.size(), changes) << scene.explain();
			EXPECT_TRUE(scene.talk(2s)) << scene.explain();
		});
}

TEST(SimPath, aHostThatMovesToAnotherNetworkIsFoundThere)
{
	forSeeds(1, 10,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			auto& cafe = scene.behind("cafe", "203.0.113.9", PORT_RESTRICTED);
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(3s);
			auto& wifi = scene.annaHost.interfaces().front();
			wifi.remove(address("192.168.1.2"));
			scene.world.plug(scene.annaHost, cafe, {"192.168.7.7"});
			scene.anna->networkChanged();
			const auto moved = scene.world.now();
			ASSERT_TRUE(scene.talk(60s)) << scene.explain();
			fmt::print(
				"seed {}: talked {} ms after the move\n", seed, milliseconds(scene.world.now() - moved));
		});
}

TEST(SimPath, aLinkLivesWithoutTheRendezvous)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.room.setReachable(false);
			EXPECT_TRUE(talkFor(scene, 2min, 5s)) << scene.explain();
			scene.room.setReachable(true);
			EXPECT_TRUE(talkFor(scene, 10s, 10s)) << scene.explain() << "offered anew, with another session";
			EXPECT_EQ(longestGap(*scene.anna), Duration{}) << scene.explain();
		});
}

TEST(SimPath, aLongBreakLosesNothing)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(3s);
			scene.annaLine().plug(false);
			for (int number = 0; number < 100; ++number)
			{
				scene.anna->say(fmt::format("in the dark {}", number));
				scene.world.run(2s);
			}
			EXPECT_FALSE(scene.anna->up());
			scene.annaLine().plug(true);
			const auto back = scene.world.now();
			ASSERT_TRUE(scene.world.runUntil([&] { return scene.ben->received.size() == 100; }, 3min))
				<< scene.explain();
			fmt::print("seed {}: all there {} ms after the line was back\n", seed,
				milliseconds(scene.world.now() - back));
			EXPECT_LT(scene.world.now() - back, 35s) << scene.anna->explain() << scene.ben->explain();
			EXPECT_EQ(scene.ben->received.back(), "in the dark 99");
		});
}

TEST(SimPath, aHandshakeThatOnlyOneSideFinishedIsBegunAnew)
{
	Duration slowest{};
	forSeeds(1, 60,
		[&](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.start();
			const auto open = [](LinkPeer& peer)
			{ return peer.link() != nullptr && !peer.link()->status().cipher.empty(); };
			ASSERT_TRUE(scene.world.runUntil([&] { return open(*scene.anna) != open(*scene.ben); }, 5s));
			scene.annaLine().plug(false);
			scene.world.run(26s + seed * 250ms); // the client gives up after 30, and tries again from then on
			scene.annaLine().plug(true);
			const auto back = scene.world.now();
			ASSERT_TRUE(scene.talk(2min)) << scene.anna->explain() << scene.ben->explain();
			slowest = std::max(slowest, scene.world.now() - back);
			EXPECT_LT(scene.world.now() - back, 35s) << scene.anna->explain() << scene.ben->explain();
		});
	fmt::print("talked {} ms after the line was back, at worst\n", milliseconds(slowest));
}

TEST(SimPath, aPathThatShrinksStrandsNothing)
{
	constexpr std::uint64_t TOTAL = 8U << 20U;
	withSeed(1,
		[](std::uint64_t seed)
		{
			LinkScene scene{seed};
			auto& one = scene.directly("anna", {"198.51.100.1"});
			auto& other = scene.directly("ben", {"198.51.100.2"});
			auto wide = ACCESS;
			wide.mtu = 9000 + Packet::V4_HEADERS;
			wide.rate = 20'000'000;
			one.interfaces().front().set(wide);
			other.interfaces().front().set(wide);
			scene.start(one, other);
			Receiver receiver;
			scene.ben->channels = &receiver;
			ASSERT_TRUE(scene.link()) << scene.explain();
			scene.world.run(5s); // path MTU discovery
			Sender sender{TOTAL, 64U << 10U};
			ChannelOptions options;
			options.label = "file";
			auto* channel = scene.anna->link()->open(options, sender);
			ASSERT_NE(channel, nullptr);
			sender.begin(*channel);
			ASSERT_TRUE(scene.world.runUntil([&] { return receiver.received > TOTAL / 2; }, 5min))
				<< scene.explain();
			const auto narrow = 1200 + Packet::V4_HEADERS;
			other.interfaces().front().down.settings.mtu = narrow;
			other.interfaces().front().up.settings.mtu = narrow;
			const auto shrunk = scene.world.now();
			ASSERT_TRUE(scene.world.runUntil([&] { return receiver.received >= TOTAL; }, 5min))
				<< receiver.received << " " << sender.reason << "\n"
				<< scene.explain();
			fmt::print("the rest arrived in {} ms; {} packets were too large\n",
				milliseconds(scene.world.now() - shrunk), scene.world.log().count("too large"));
			EXPECT_TRUE(receiver.inOrder);
			EXPECT_TRUE(scene.talk());
		});
}
