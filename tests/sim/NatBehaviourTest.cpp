// What a node learns of the NATs in front of it, over simulated ones: each kind that RFC 4787 names, told
// right. One test a cell.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/Ports.h"
#include "tests/sim/stack/Scene.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

constexpr std::uint16_t LOCAL_PORT = 8081;

/// Two STUN servers with two addresses and two ports each, and whom nothing else disturbs.
struct NatScene
{
	explicit NatScene(std::uint64_t seed) : world(seed)
	{
		serverHost.interfaces().front().set({.delay = 5ms});
		spareHost.interfaces().front().set({.delay = 8ms});
	}

	Network& behind(Network& outside, const std::string& name, std::string_view address, const NatModel& nat)
	{
		auto& router = world.nat(name, outside, {address}, nat);
		router.outside().set(ACCESS);
		return router.inside().network();
	}

	/// A node that asks these servers; it has learnt what it can when this returns.
	void learn(Host& host, const std::vector<std::string>& names)
	{
		std::vector<Endpoint> endpoints;
		for (const auto& name : names)
			endpoints.push_back(Endpoint::parse(name).value());
		ports = std::make_unique<Ports>(host, "0.0.0.0:8081", endpoints,
			Ports::User{[](const auto&) {}, [](const auto&) {}, [this](ByteView, const Path&) { ++strays; }});
		ASSERT_TRUE(world.runUntil([this] { return ports->natComplete(); }, 10s)) << world.log().text();
		took = world.elapsed();
	}

	const NatBehaviour& learnt() const
	{
		return ports->nat();
	}

	World world;
	Host& serverHost = world.host("stun", world.internet(), {"192.0.2.1", "192.0.2.2"});
	Host& spareHost = world.host("spare", world.internet(), {"198.51.100.1", "198.51.100.2"});
	StunServer server{serverHost, 3478, 3479};
	StunServer spare{spareHost, 3478, 3479};
	std::unique_ptr<Ports> ports;
	Duration took{};
	int strays = 0; ///< datagrams that nobody wanted
};

constexpr const char* SERVER = "192.0.2.1:3478";
constexpr const char* SPARE = "198.51.100.1:3478";

FilteringBehaviour filtering(Dependence dependence)
{
	constexpr std::array SAME{FilteringBehaviour::EndpointIndependent, FilteringBehaviour::AddressDependent,
		FilteringBehaviour::AddressAndPortDependent};
	return SAME.at(static_cast<std::size_t>(dependence));
}

struct Assignment
{
	const char* name;
	PortAllocation allocation;
	int step;
};
constexpr Assignment PRESERVING{"preserving", PortAllocation::Preserving, 1};
constexpr Assignment UP{"up", PortAllocation::Sequential, 1};
constexpr Assignment BY_TWO{"by_two", PortAllocation::Sequential, 2};
constexpr Assignment DOWN{"down", PortAllocation::Sequential, -1};
constexpr Assignment AT_RANDOM{"random", PortAllocation::Random, 1};

const char* word(Dependence dependence)
{
	constexpr std::array WORDS{"independent", "address", "port"};
	return WORDS.at(static_cast<std::size_t>(dependence));
}

using Cell = std::tuple<Dependence, Dependence, Assignment>;

std::string cellName(const testing::TestParamInfo<Cell>& cell)
{
	const auto& [mapping, filter, given] = cell.param;
	return fmt::format("{}_{}_{}", word(mapping), word(filter), given.name);
}

class SimNatBehaviourTest : public testing::TestWithParam<Cell>
{
};

void expectPorts(const NatBehaviour& learnt, Dependence mapping, const Assignment& given)
{
	if (mapping == Dependence::EndpointIndependent)
	{
		// One port tells only whether it was preserved.
		EXPECT_EQ(learnt.assignment, given.allocation == PortAllocation::Preserving
										 ? PortAssignment::Preserving
										 : PortAssignment::Unknown);
		EXPECT_TRUE(learnt.ports.empty());
		return;
	}
	EXPECT_GE(learnt.ports.size(), 3U);
	EXPECT_LE(learnt.ports.size(), NatBehaviour::MAX_PORTS);
	if (given.allocation == PortAllocation::Random)
	{
		EXPECT_EQ(learnt.assignment, PortAssignment::Random);
		return;
	}
	// A port that is taken is followed by the next one, so a preserving NAT looks so too.
	EXPECT_EQ(learnt.assignment, PortAssignment::Sequential);
	EXPECT_EQ(learnt.step, given.step);
	if (given.allocation == PortAllocation::Preserving)
	{
		EXPECT_EQ(learnt.ports.front(), LOCAL_PORT);
	}
}

}

TEST_P(SimNatBehaviourTest, isToldRight)
{
	const auto& [mapping, filter, given] = GetParam();
	forSeeds(1, 5,
		[&, mapping = mapping, filter = filter, given = given](std::uint64_t seed)
		{
			NatScene scene{seed};
			const NatModel nat{
				.mapping = mapping, .filtering = filter, .allocation = given.allocation, .step = given.step};
			auto& home = scene.behind(scene.world.internet(), "home", "203.0.113.1", nat);
			scene.learn(scene.world.host("anna", home, {"192.168.1.2"}), {SERVER, SPARE});
			const auto& learnt = scene.learnt();
			SCOPED_TRACE(scene.world.log().text());
			EXPECT_EQ(learnt.mapping, mapping == Dependence::EndpointIndependent
										  ? MappingBehaviour::EndpointIndependent
										  : MappingBehaviour::AddressDependent);
			EXPECT_EQ(learnt.filtering, filtering(filter));
			EXPECT_EQ(learnt.address, address("203.0.113.1"));
			expectPorts(learnt, mapping, given);
			EXPECT_EQ(scene.strays, 0);
			EXPECT_LT(scene.took, 4s);
			EXPECT_LE(scene.server.answered() + scene.spare.answered(), 30U);
		});
}

INSTANTIATE_TEST_SUITE_P(Nats, SimNatBehaviourTest,
	testing::Combine(testing::Values(Dependence::EndpointIndependent, Dependence::AddressDependent,
						 Dependence::AddressAndPortDependent),
		testing::Values(Dependence::EndpointIndependent, Dependence::AddressDependent,
			Dependence::AddressAndPortDependent),
		testing::Values(PRESERVING, UP, BY_TWO, DOWN, AT_RANDOM)),
	cellName);

namespace
{

struct DoubleCell
{
	const char* name;
	NatModel inner;
	NatModel outer;
	MappingBehaviour mapping;
	FilteringBehaviour filtering;
	PortAssignment assignment;
};

constexpr NatModel SEQUENTIAL{.mapping = Dependence::AddressAndPortDependent,
	.filtering = Dependence::AddressAndPortDependent,
	.allocation = PortAllocation::Sequential};
constexpr NatModel HOME{.mapping = Dependence::EndpointIndependent,
	.filtering = Dependence::AddressDependent,
	.allocation = PortAllocation::Preserving};
constexpr NatModel PRESERVING_CONE{.mapping = Dependence::EndpointIndependent,
	.filtering = Dependence::EndpointIndependent,
	.allocation = PortAllocation::Preserving};

class SimDoubleNatTest : public testing::TestWithParam<DoubleCell>
{
};

}

TEST_P(SimDoubleNatTest, isToldAsOne)
{
	const auto& cell = GetParam();
	forSeeds(1, 5,
		[&](std::uint64_t seed)
		{
			NatScene scene{seed};
			auto& carrier = scene.behind(scene.world.internet(), "carrier", "203.0.113.1", cell.outer);
			auto& home = scene.behind(carrier, "home", "100.64.0.2", cell.inner);
			scene.learn(scene.world.host("anna", home, {"192.168.1.2"}), {SERVER, SPARE});
			SCOPED_TRACE(scene.world.log().text());
			EXPECT_EQ(scene.learnt().mapping, cell.mapping);
			EXPECT_EQ(scene.learnt().filtering, cell.filtering);
			EXPECT_EQ(scene.learnt().assignment, cell.assignment);
			EXPECT_EQ(scene.learnt().address, address("203.0.113.1"));
		});
}

INSTANTIATE_TEST_SUITE_P(Nats, SimDoubleNatTest,
	testing::Values(DoubleCell{"home_behind_port_restricted", HOME, PORT_RESTRICTED,
						MappingBehaviour::EndpointIndependent, FilteringBehaviour::AddressAndPortDependent,
						PortAssignment::Unknown},
		DoubleCell{"home_behind_cone", HOME, PRESERVING_CONE, MappingBehaviour::EndpointIndependent,
			FilteringBehaviour::AddressDependent, PortAssignment::Preserving},
		DoubleCell{"home_behind_symmetric", HOME, SYMMETRIC, MappingBehaviour::AddressDependent,
			FilteringBehaviour::AddressAndPortDependent, PortAssignment::Random},
		DoubleCell{"home_behind_sequential", HOME, SEQUENTIAL, MappingBehaviour::AddressDependent,
			FilteringBehaviour::AddressAndPortDependent, PortAssignment::Sequential},
		DoubleCell{"sequential_behind_cone", SEQUENTIAL, PRESERVING_CONE, MappingBehaviour::AddressDependent,
			FilteringBehaviour::AddressAndPortDependent, PortAssignment::Sequential},
		DoubleCell{"symmetric_behind_sequential", SYMMETRIC, SEQUENTIAL, MappingBehaviour::AddressDependent,
			FilteringBehaviour::AddressAndPortDependent, PortAssignment::Sequential},
		DoubleCell{"sequential_behind_symmetric", SEQUENTIAL, SYMMETRIC, MappingBehaviour::AddressDependent,
			FilteringBehaviour::AddressAndPortDependent, PortAssignment::Random}),
	[](const auto& cell) { return std::string{cell.param.name}; });

namespace
{

/// A scene with one NAT and a node behind it, once it has learnt what it can.
struct HomeScene : NatScene
{
	HomeScene(std::uint64_t seed, const NatModel& nat, const std::vector<std::string>& servers) :
		NatScene(seed)
	{
		learn(host, nat, servers);
	}
	explicit HomeScene(std::uint64_t seed) : NatScene(seed) {}

	void learn(Host*& which, const NatModel& nat, const std::vector<std::string>& servers)
	{
		home = &behind(world.internet(), "home", "203.0.113.1", nat);
		which = &world.host("anna", *home, {"192.168.1.2"});
		NatScene::learn(*which, servers);
	}

	Network* home = nullptr;
	Host* host = nullptr;
};

}

TEST(SimNatBehaviour, oneServerWithTwoAddressesIsEnough)
{
	for (const auto& nat : {PRESERVING_CONE, PORT_RESTRICTED, SYMMETRIC, SEQUENTIAL})
		forSeeds(1, 5,
			[&](std::uint64_t seed)
			{
				HomeScene scene{seed, nat, {SERVER}};
				SCOPED_TRACE(scene.world.log().text());
				const auto& learnt = scene.learnt();
				EXPECT_EQ(learnt.filtering, filtering(nat.filtering));
				const bool symmetric = nat.mapping == Dependence::AddressAndPortDependent;
				EXPECT_EQ(learnt.mapping,
					symmetric ? MappingBehaviour::AddressDependent : MappingBehaviour::EndpointIndependent);
				if (symmetric)
				{
					EXPECT_EQ(learnt.assignment, nat.allocation == PortAllocation::Random
													 ? PortAssignment::Random
													 : PortAssignment::Sequential);
				}
			});
}

TEST(SimNatBehaviour, withoutSecondAddressesNothingIsClaimedThatWasNotSeen)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			for (const auto& nat : {PORT_RESTRICTED, SYMMETRIC, SEQUENTIAL})
			{
				HomeScene scene{seed};
				StunServer plain{scene.world.host("plain", scene.world.internet(), {"198.51.100.7"})};
				StunServer other{scene.world.host("other", scene.world.internet(), {"198.51.100.8"})};
				scene.learn(scene.host, nat, {"198.51.100.7:3478", "198.51.100.8:3478"});
				SCOPED_TRACE(scene.world.log().text());
				const auto& learnt = scene.learnt();
				EXPECT_EQ(learnt.filtering, FilteringBehaviour::Unknown);
				EXPECT_EQ(learnt.mapping == MappingBehaviour::AddressDependent,
					nat.mapping != Dependence::EndpointIndependent);
				// One step is all that two servers show; of random ports it is as small once in 8,000 times.
				EXPECT_EQ(learnt.assignment == PortAssignment::Sequential,
					nat.allocation == PortAllocation::Sequential);
				if (learnt.mapping == MappingBehaviour::AddressDependent)
				{
					EXPECT_EQ(learnt.ports.size(), 2U);
				}
			}
		});
}

TEST(SimNatBehaviour, aServerThatIsAskedAtBothItsAddressesShowsLess)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			const std::vector<std::string> both{SERVER, "192.0.2.2:3478"};
			EXPECT_EQ((HomeScene{seed, CONE, both}.learnt().filtering), FilteringBehaviour::AddressDependent)
				<< "whether it would let in somebody else was not seen";
			EXPECT_EQ((HomeScene{seed, PORT_RESTRICTED, both}.learnt().filtering),
				FilteringBehaviour::AddressAndPortDependent);
			{
				const HomeScene symmetric{seed, SYMMETRIC, both};
				EXPECT_EQ(symmetric.learnt().filtering, FilteringBehaviour::AddressAndPortDependent);
				EXPECT_EQ(symmetric.learnt().assignment, PortAssignment::Random);
			}
			const NatModel open{.mapping = Dependence::AddressAndPortDependent,
				.filtering = Dependence::EndpointIndependent,
				.allocation = PortAllocation::Random};
			EXPECT_EQ(
				(HomeScene{seed, open, both}.learnt().filtering), FilteringBehaviour::EndpointIndependent)
				<< "each mapping has a filter of its own";
		});
}

TEST(SimNatBehaviour, aSecondAddressOutOfOrderIsNoClosedFilter)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed};
			scene.world.internet().blocks = [](const Packet& packet)
			{ return packet.source.sameAddress(address("192.0.2.2")) || packet.source.port() == 3479; };
			scene.learn(scene.host, CONE, {SERVER, SPARE});
			EXPECT_EQ(scene.learnt().filtering, FilteringBehaviour::Unknown);
			EXPECT_EQ(scene.learnt().mapping, MappingBehaviour::EndpointIndependent);
		});
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed};
			scene.world.internet().blocks = [](const Packet& packet)
			{
				return packet.source.sameAddress(address("192.0.2.2")) ||
					   packet.source == Endpoint::parse("192.0.2.1:3479");
			};
			scene.learn(scene.host, CONE, {SERVER, SPARE});
			EXPECT_EQ(scene.learnt().filtering, FilteringBehaviour::EndpointIndependent)
				<< "says the other one";
		});
}

TEST(SimNatBehaviour, aRouterThatStraysPoisonIsNotTakenForSymmetric)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			auto nat = PORT_RESTRICTED;
			nat.stray = Stray::Planted;
			HomeScene scene{seed, nat, {SERVER}};
			SCOPED_TRACE(scene.world.log().text());
			EXPECT_EQ(scene.learnt().mapping, MappingBehaviour::EndpointIndependent);
			EXPECT_EQ(scene.learnt().filtering, FilteringBehaviour::AddressAndPortDependent);
		});
}

TEST(SimNatBehaviour, hairpinIsSeenWhereItIs)
{
	for (const bool hairpin : {true, false})
		withSeed(1,
			[&](std::uint64_t seed)
			{
				auto nat = PORT_RESTRICTED;
				nat.hairpin = hairpin;
				HomeScene scene{seed, nat, {SERVER, SPARE}};
				EXPECT_EQ(scene.learnt().hairpin, hairpin);
				EXPECT_EQ(scene.strays, 0);
			});
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed, SYMMETRIC, {SERVER, SPARE}};
			EXPECT_EQ(scene.learnt().hairpin, std::nullopt);
		});
}

TEST(SimNatBehaviour, withoutANatEverythingIsOpen)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			NatScene scene{seed};
			scene.learn(scene.world.host("anna", scene.world.internet(), {"203.0.113.9"}), {SERVER});
			EXPECT_EQ(scene.learnt().mapping, MappingBehaviour::EndpointIndependent);
			EXPECT_EQ(scene.learnt().filtering, FilteringBehaviour::EndpointIndependent);
			EXPECT_EQ(scene.learnt().assignment, PortAssignment::Preserving);
			EXPECT_EQ(scene.learnt().hairpin, true);
		});
}

TEST(SimNatBehaviour, aFreshLookShowsWhereASequenceStands)
{
	forSeeds(1, 5,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed, SEQUENTIAL, {SERVER, SPARE}};
			ASSERT_EQ(scene.learnt().assignment, PortAssignment::Sequential);
			for (int minute = 0; minute < 20; ++minute)
			{
				const auto before = scene.learnt().ports.back();
				scene.world.run(60s);
				auto& neighbour = scene.world.host("ben" + std::to_string(minute), *scene.home,
					{"192.168.1." + std::to_string(10 + minute)});
				const auto port = neighbour.open("0.0.0.0:5000");
				for (std::uint16_t remote = 1; remote <= 40; ++remote)
					port->send(asBytes("others are about"), address("198.51.100.99").withPort(remote));
				scene.world.run(1s);
				scene.ports->sampleNat();
				scene.world.run(100ms);
				const auto& learnt = scene.learnt();
				EXPECT_EQ(learnt.assignment, PortAssignment::Sequential) << scene.world.log().text();
				EXPECT_EQ(learnt.step, 1);
				EXPECT_GE(static_cast<std::uint16_t>(learnt.ports.back() - before), 40);
				EXPECT_LE(static_cast<std::uint16_t>(learnt.ports.back() - before), 50);
				EXPECT_LE(learnt.ports.size(), NatBehaviour::MAX_PORTS);
			}
		});
}

TEST(SimNatBehaviour, aLossyLineMakesNothingLookBetter)
{
	int complete = 0;
	forSeeds(1, 30,
		[&](std::uint64_t seed)
		{
			for (const auto& nat : {PORT_RESTRICTED, SYMMETRIC})
			{
				HomeScene scene{seed};
				scene.home = &scene.behind(scene.world.internet(), "home", "203.0.113.1", nat);
				auto& anna = scene.world.host("anna", *scene.home, {"192.168.1.2"});
				anna.interfaces().front().set({.loss = 0.1});
				scene.ports = std::make_unique<Ports>(anna, "0.0.0.0:8081",
					std::vector{Endpoint::parse(SERVER).value(), Endpoint::parse(SPARE).value()},
					Ports::User{[](const auto&) {}, [](const auto&) {}, [](ByteView, const Path&) {}});
				scene.world.run(10s);
				const auto& learnt = scene.learnt();
				complete += scene.ports->natComplete() ? 1 : 0;
				EXPECT_NE(learnt.mapping, nat.mapping == Dependence::EndpointIndependent
											  ? MappingBehaviour::AddressDependent
											  : MappingBehaviour::EndpointIndependent);
				EXPECT_NE(learnt.filtering, FilteringBehaviour::EndpointIndependent);
				EXPECT_NE(learnt.filtering, FilteringBehaviour::AddressDependent);
				EXPECT_NE(learnt.assignment, PortAssignment::Sequential);
				EXPECT_NE(learnt.assignment, PortAssignment::Preserving);
			}
		});
	EXPECT_GE(complete, 30);
}

TEST(SimNatBehaviour, aRestartedRouterIsTheSameNat)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed, PORT_RESTRICTED, {SERVER, SPARE}};
			const auto before = scene.learnt();
			scene.world.routerOf(*scene.host).nat().restart();
			scene.world.run(60s);
			scene.ports->refresh();
			scene.world.run(5s);
			EXPECT_EQ(scene.learnt(), before);
		});
}

TEST(SimNatBehaviour, anIdleHourCostsNothingMore)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomeScene scene{seed, SYMMETRIC, {SERVER, SPARE}};
			const auto answered = scene.server.answered() + scene.spare.answered();
			scene.world.run(1h);
			EXPECT_LE(scene.server.answered() + scene.spare.answered() - answered, 3600U / 20)
				<< "the questions that keep the mapping alive";
		});
}
