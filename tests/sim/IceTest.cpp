// Two ICE agents over simulated NATs: each pair that plain ICE can join, joined; each that it cannot, told.
// One test a cell (FIELD.md, "Who gets through which NAT pair").
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/IcePeer.h"
#include "tests/sim/stack/Scene.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;
using udp_punch::ice::Event;

namespace
{

/// Two members of a room, each where its network is.
struct IceScene : Scene
{
	using Scene::Scene;

	void start(Host& one, Host& other)
	{
		first = std::make_unique<IcePeer>(world, room, one, "a", stunServers);
		second = std::make_unique<IcePeer>(world, room, other, "b", stunServers);
		world.run(300ms); // nodes have gathered long before they meet
		first->join();
		second->join();
		joined = world.now();
	}

	bool link(Duration limit = 10s)
	{
		return world.runUntil([this] { return first->linked() && second->linked(); }, limit);
	}

	/// A word each way by the paths selected.
	bool talk()
	{
		first->received.clear();
		second->received.clear();
		first->send("ping");
		second->send("pong");
		world.run(500ms);
		return first->received.size() == 1 && second->received.size() == 1;
	}

	std::unique_ptr<IcePeer> first;
	std::unique_ptr<IcePeer> second;
	TimePoint joined{};
};

struct Cell
{
	const char* name;
	NatModel one;
	NatModel other;
	bool links;
};

class SimIceCellTest : public testing::TestWithParam<Cell>
{
};

}

TEST_P(SimIceCellTest, linksAsPlainIceDoes)
{
	Duration slowest{};
	forSeeds(1, 5,
		[&](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto& anna =
				scene.world.host("anna", scene.behind("one", "203.0.113.1", GetParam().one), {"192.168.1.2"});
			auto& ben = scene.world.host(
				"ben", scene.behind("two", "203.0.113.2", GetParam().other), {"192.168.2.2"});
			scene.start(anna, ben);
			ASSERT_EQ(scene.link(), GetParam().links) << scene.first->agent().explain() << "\n"
													  << scene.world.log().text();
			if (!GetParam().links)
				return;
			slowest = std::max(
				{slowest, *scene.first->linkedAt - scene.joined, *scene.second->linkedAt - scene.joined});
			EXPECT_TRUE(scene.talk()) << scene.world.log().text();
		});
	if (GetParam().links)
		fmt::print("linked {} ms after both had joined (50 ms of round trip), at worst\n",
			std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count());
}

INSTANTIATE_TEST_SUITE_P(Nats, SimIceCellTest,
	testing::Values(Cell{"cone_x_cone", CONE, CONE, true},
		Cell{"cone_x_address", CONE, ADDRESS_RESTRICTED, true},
		Cell{"cone_x_port", CONE, PORT_RESTRICTED, true}, Cell{"cone_x_symmetric", CONE, SYMMETRIC, true},
		Cell{"address_x_cone", ADDRESS_RESTRICTED, CONE, true},
		Cell{"address_x_address", ADDRESS_RESTRICTED, ADDRESS_RESTRICTED, true},
		Cell{"address_x_port", ADDRESS_RESTRICTED, PORT_RESTRICTED, true},
		Cell{"address_x_symmetric", ADDRESS_RESTRICTED, SYMMETRIC, true},
		Cell{"port_x_cone", PORT_RESTRICTED, CONE, true},
		Cell{"port_x_address", PORT_RESTRICTED, ADDRESS_RESTRICTED, true},
		Cell{"port_x_port", PORT_RESTRICTED, PORT_RESTRICTED, true},
		Cell{"port_x_symmetric", PORT_RESTRICTED, SYMMETRIC, false},
		Cell{"symmetric_x_cone", SYMMETRIC, CONE, true},
		Cell{"symmetric_x_address", SYMMETRIC, ADDRESS_RESTRICTED, true},
		Cell{"symmetric_x_port", SYMMETRIC, PORT_RESTRICTED, false},
		Cell{"symmetric_x_symmetric", SYMMETRIC, SYMMETRIC, false}),
	[](const auto& cell) { return std::string{cell.param.name}; });

TEST(SimIce, twoHostsOfOneNetworkNeedNoHairpin)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto& lan = scene.behind("home", "203.0.113.1", PORT_RESTRICTED);
			scene.start(scene.world.host("anna", lan, {"192.168.1.2"}),
				scene.world.host("ben", lan, {"192.168.1.3"}));
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			scene.world.run(2s);
			EXPECT_EQ(scene.first->agent().selected()->remoteType, CandidateType::Host);
			EXPECT_EQ(scene.second->agent().selected()->remoteType, CandidateType::Host);
			EXPECT_TRUE(scene.talk());
		});
}

TEST(SimIce, twoHomesBehindOneCarrierNeedItsHairpin)
{
	for (const bool hairpin : {true, false})
		withSeed(1,
			[&](std::uint64_t seed)
			{
				IceScene scene{seed};
				auto carrierNat = PORT_RESTRICTED;
				carrierNat.hairpin = hairpin;
				auto& carrier = scene.behind("carrier", "203.0.113.1", carrierNat);
				auto& one = scene.world.nat("one", carrier, {"100.64.0.1"}, PORT_RESTRICTED);
				auto& two = scene.world.nat("two", carrier, {"100.64.0.2"}, PORT_RESTRICTED);
				scene.start(scene.world.host("anna", one.inside().network(), {"192.168.1.2"}),
					scene.world.host("ben", two.inside().network(), {"192.168.1.2"}));
				ASSERT_EQ(scene.link(), hairpin) << scene.world.log().text();
			});
}

TEST(SimIce, severalLevelsOfNatLink)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto& carrier = scene.behind("carrier", "203.0.113.1", ADDRESS_RESTRICTED);
			auto& home = scene.world.nat("home", carrier, {"100.64.0.1"}, PORT_RESTRICTED);
			scene.start(scene.world.host("anna", home.inside().network(), {"192.168.1.2"}),
				scene.world.host(
					"ben", scene.behind("two", "203.0.113.2", PORT_RESTRICTED), {"192.168.2.2"}));
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			EXPECT_TRUE(scene.talk());
		});
}

TEST(SimIce, aNatWithSeveralPublicAddressesLinks)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto pooled = PORT_RESTRICTED;
			pooled.pooling = Pooling::Arbitrary;
			auto& one =
				scene.world.nat("one", scene.world.internet(), {"203.0.113.1", "203.0.113.2"}, pooled);
			scene.start(scene.world.host("anna", one.inside().network(), {"192.168.1.2"}),
				scene.world.host(
					"ben", scene.behind("two", "203.0.113.9", PORT_RESTRICTED), {"192.168.2.2"}));
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			EXPECT_TRUE(scene.talk());
		});
}

// What plain ICE meets at Linux routers that enter a stray packet as a flow: the side whose check comes late
// is remapped. The peer's check of the new address mends it where the other side filters by address at most.
TEST(SimIce, aPoisonedRouterIsMetByThePeerReflexiveAddress)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto poisoned = PORT_RESTRICTED;
			poisoned.stray = Stray::Planted;
			auto& ben =
				scene.world.host("ben", scene.behind("two", "203.0.113.2", poisoned), {"192.168.2.2"});
			// Anna's checks arrive at Ben's router before his have left it.
			ben.interfaces().front().up.settings.delay = 40ms;
			scene.start(scene.world.host(
							"anna", scene.behind("one", "203.0.113.1", ADDRESS_RESTRICTED), {"192.168.1.2"}),
				ben);
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			EXPECT_GT(scene.world.log().count("filtered"), 0U);
			EXPECT_EQ(scene.first->agent().selected()->remoteType, CandidateType::PeerReflexive);
			EXPECT_TRUE(scene.talk());
		});
}

TEST(SimIce, version6PassesFirewallsWhereVersion4CannotBePunched)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			scene.start(scene.world.host("anna", scene.behind("one", "203.0.113.1", SYMMETRIC),
							{"192.168.1.2", "2001:db8:1::2"}),
				scene.world.host(
					"ben", scene.behind("two", "203.0.113.2", SYMMETRIC), {"192.168.2.2", "2001:db8:2::2"}));
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			EXPECT_TRUE(scene.first->agent().selected()->path.remote.isV6());
			EXPECT_TRUE(scene.talk());
		});
}

TEST(SimIce, aLossyPathLinksAllTheSame)
{
	std::vector<Duration> times;
	forSeeds(1, 200,
		[&](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto& anna = scene.world.host(
				"anna", scene.behind("one", "203.0.113.1", PORT_RESTRICTED), {"192.168.1.2"});
			anna.interfaces().front().set({.loss = 0.1});
			scene.start(anna, scene.world.host("ben", scene.behind("two", "203.0.113.2", PORT_RESTRICTED),
								  {"192.168.2.2"}));
			ASSERT_TRUE(scene.link()) << scene.world.log().text();
			times.push_back(scene.world.now() - scene.joined);
		});
	std::sort(times.begin(), times.end());
	const auto ms = [](Duration time)
	{ return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); };
	fmt::print("median {} ms, p99 {} ms, worst {} ms\n", ms(times[times.size() / 2]),
		ms(times[times.size() * 99 / 100]), ms(times.back()));
	EXPECT_LT(times[times.size() * 99 / 100], 3s);
}

TEST(SimIce, aLinkOutlivesShortTimeoutsOfMappings)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			auto shortLived = PORT_RESTRICTED;
			shortLived.idleTimeout = 30s;
			shortLived.inboundRefreshes = false;
			scene.start(
				scene.world.host("anna", scene.behind("one", "203.0.113.1", shortLived), {"192.168.1.2"}),
				scene.world.host("ben", scene.behind("two", "203.0.113.2", shortLived), {"192.168.2.2"}));
			ASSERT_TRUE(scene.link());
			scene.world.run(1h);
			EXPECT_FALSE(scene.first->failed);
			EXPECT_TRUE(scene.talk()) << scene.world.log().text();
			EXPECT_EQ(std::count(scene.first->events.begin(), scene.first->events.end(), Event::Doubtful), 0);
		});
}

TEST(SimIce, aDeadPathIsReplacedByAnotherThatIsKnown)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			IceScene scene{seed};
			scene.start(scene.directly("anna", {"198.51.100.1", "2001:db8:1::2"}),
				scene.directly("ben", {"198.51.100.2", "2001:db8:2::2"}));
			ASSERT_TRUE(scene.link());
			scene.world.run(5s);
			const bool version6 = scene.first->agent().selected()->path.remote.isV6();
			scene.world.internet().blocks = [version6](const Packet& packet)
			{ return packet.destination.isV6() == version6; };
			const auto died = scene.world.now();
			ASSERT_TRUE(scene.world.runUntil(
				[&]
				{
					const auto& one = scene.first->agent().selected();
					const auto& other = scene.second->agent().selected();
					return one && other && one->path.remote.isV6() != version6 &&
						   other->path.remote.isV6() != version6;
				},
				30s))
				<< scene.world.log().text();
			fmt::print("replaced after {} ms\n",
				std::chrono::duration_cast<std::chrono::milliseconds>(scene.world.now() - died).count());
			EXPECT_LT(scene.world.now() - died, 6s);
			EXPECT_TRUE(scene.talk());
		});
}

TEST(SimIce, twoRunsOfASeedHaveTheSamePackets)
{
	const auto run = [](std::uint64_t seed)
	{
		IceScene scene{seed};
		scene.start(
			scene.world.host("anna", scene.behind("one", "203.0.113.1", PORT_RESTRICTED), {"192.168.1.2"}),
			scene.world.host(
				"ben", scene.behind("two", "203.0.113.2", SYMMETRIC), {"192.168.2.2", "2001:db8:2::2"}));
		scene.world.run(1min);
		return std::pair{scene.world.log().digest(), scene.world.log().text()};
	};
	const auto first = run(3);
	EXPECT_EQ(run(3), first);
	EXPECT_NE(run(4).first, first.first);
}
