// Which networks meet which, and by what way: one named test a cell. Every cell links, over the relay at
// first where that is faster; direct in all but those that nobody can punch.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/HomesScene.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

constexpr NatModel SEQUENTIAL{.mapping = Dependence::AddressAndPortDependent,
	.filtering = Dependence::AddressAndPortDependent,
	.allocation = PortAllocation::Sequential};

/// A router that enters packets that nobody asked for as flows of its own, which spoils the answer's port.
constexpr NatModel POISONED{.allocation = PortAllocation::Random, .stray = Stray::Planted};

enum class Side
{
	Open,
	Cone,
	AddressRestricted,
	PortRestricted,
	Poisoned,
	SymmetricRandom,
	SymmetricSequential,
	Carrier,          ///< a home router behind a carrier's port-restricted NAT
	CarrierSymmetric, ///< the same, and the carrier's maps at random
	Version6,         ///< no IPv4
	NoUdp,
};

constexpr std::array SIDES{Side::Open, Side::Cone, Side::AddressRestricted, Side::PortRestricted,
	Side::Poisoned, Side::SymmetricRandom, Side::SymmetricSequential, Side::Carrier, Side::CarrierSymmetric,
	Side::Version6, Side::NoUdp};

const char* nameOf(Side side)
{
	switch (side)
	{
	case Side::Open:
		return "open";
	case Side::Cone:
		return "cone";
	case Side::AddressRestricted:
		return "addressRestricted";
	case Side::PortRestricted:
		return "portRestricted";
	case Side::Poisoned:
		return "poisoned";
	case Side::SymmetricRandom:
		return "random";
	case Side::SymmetricSequential:
		return "sequential";
	case Side::Carrier:
		return "carrier";
	case Side::CarrierSymmetric:
		return "carrierSymmetric";
	case Side::Version6:
		return "version6";
	case Side::NoUdp:
		return "noUdp";
	}
	return "?";
}

bool isRandom(Side side)
{
	return side == Side::SymmetricRandom || side == Side::CarrierSymmetric;
}

enum class Way
{
	Direct,
	Relayed,
	Either, ///< it is tried, and mostly in vain
};

Way expected(Side one, Side other)
{
	if (one == Side::NoUdp || other == Side::NoUdp)
		return Way::Relayed;
	if (one == Side::Version6 || other == Side::Version6)
		return one == other ? Way::Direct : Way::Relayed;
	if (isRandom(one) && isRandom(other))
		return Way::Relayed;
	const bool sequence = one == Side::SymmetricSequential || other == Side::SymmetricSequential;
	return sequence && (isRandom(one) || isRandom(other)) ? Way::Either : Way::Direct;
}

struct Place
{
	Host& host;
	Endpoint seen; ///< by the rendezvous; invalid where it is seen by IPv6 only
};

Place build(Scene& scene, Side side, int number)
{
	const auto name = number == 1 ? "anna" : "ben";
	const auto publicAddress = fmt::format("203.0.113.{}", number);
	const auto inside = fmt::format("192.168.{}.2", number);
	const auto behind = [&](const NatModel& model) -> Place
	{
		auto& network = scene.behind(fmt::format("nat{}", number), publicAddress, model);
		return {scene.world.host(name, network, {inside}), address(publicAddress)};
	};
	const auto carrier = [&](const NatModel& model) -> Place
	{
		auto& between = scene.behind(fmt::format("carrier{}", number), publicAddress, model);
		auto& home = scene.world.nat(
			fmt::format("home{}", number), between, {fmt::format("100.64.{}.1", number)}, PORT_RESTRICTED);
		return {scene.world.host(name, home.inside().network(), {inside}), address(publicAddress)};
	};
	switch (side)
	{
	case Side::Open:
	{
		const auto own = fmt::format("198.51.100.{}", number);
		return {scene.directly(name, {own}), address(own)};
	}
	case Side::Cone:
		return behind(CONE);
	case Side::AddressRestricted:
		return behind(ADDRESS_RESTRICTED);
	case Side::PortRestricted:
		return behind(PORT_RESTRICTED);
	case Side::Poisoned:
	{
		auto place = behind(POISONED);
		// What others send arrives at the router before this host's own checks have left it.
		place.host.interfaces().front().up.settings.delay = 60ms;
		return place;
	}
	case Side::SymmetricRandom:
		return behind(SYMMETRIC);
	case Side::SymmetricSequential:
		return behind(SEQUENTIAL);
	case Side::Carrier:
		return carrier(PORT_RESTRICTED);
	case Side::CarrierSymmetric:
		return carrier(SYMMETRIC);
	case Side::Version6:
		return {scene.directly(name, {fmt::format("2001:db8:{}::2", number)}), {}};
	case Side::NoUdp:
	{
		auto place = behind(PORT_RESTRICTED);
		scene.world.routerOf(place.host).outside().plug(false);
		return place;
	}
	}
	throw std::logic_error("no such side");
}

struct MatrixScene : LinkScene
{
	MatrixScene(std::uint64_t seed, Side one, Side other) :
		LinkScene(seed), first(build(*this, one, 1)), second(build(*this, other, 2))
	{
		relayed = true;
		start(first.host, second.host);
		for (const auto& [peer, place] : {std::pair{anna.get(), &first}, std::pair{ben.get(), &second}})
			if (place->seen.valid())
				room.seen[peer->id()] = place->seen;
	}

	Place first;
	Place second;
};

struct Cell
{
	Side one;
	Side other;
};

class SimMatrix : public testing::TestWithParam<Cell>
{
};

/// Each pair of sides once; which of the two ids is the smaller changes with the seed.
std::vector<Cell> cells()
{
	std::vector<Cell> result;
	for (std::size_t one = 0; one < SIDES.size(); ++one)
		for (std::size_t other = one; other < SIDES.size(); ++other)
			result.push_back({SIDES[one], SIDES[other]});
	return result;
}

/// Two behind one router, which has hairpin or not.
class SimMatrixOneNetwork : public testing::TestWithParam<bool>
{
protected:
	static NatModel router()
	{
		auto model = PORT_RESTRICTED;
		model.hairpin = GetParam();
		return model;
	}

	static void meet(LinkScene& scene, Host& one, Host& other, bool directly)
	{
		scene.relayed = true;
		scene.start(one, other);
		ASSERT_TRUE(scene.link(5s)) << scene.explain();
		EXPECT_EQ(scene.goDirect(15s), directly) << scene.explain();
		EXPECT_TRUE(scene.talk()) << scene.explain();
	}
};

}

TEST_P(SimMatrix, links)
{
	const auto [one, other] = GetParam();
	const auto way = expected(one, other);
	// As long as a first round of a punch that fails.
	const Duration limit = way == Way::Direct ? 25s : 20s;
	forSeeds(1, 4,
		[&, one = one, other = other](std::uint64_t seed)
		{
			MatrixScene scene{seed, one, other};
			ASSERT_TRUE(scene.link(5s)) << scene.explain();
			const auto linked = scene.world.now() - scene.joined;
			const bool direct = scene.goDirect(limit);
			fmt::print("seed {}: linked after {} ms, {}\n", seed, milliseconds(linked),
				direct ? fmt::format("direct after {} ms", milliseconds(scene.world.now() - scene.joined))
					   : "relayed");
			if (way != Way::Either)
			{
				ASSERT_EQ(direct, way == Way::Direct) << scene.explain();
			}
			EXPECT_TRUE(scene.talk()) << scene.explain();
		});
}

INSTANTIATE_TEST_SUITE_P(Cells, SimMatrix, testing::ValuesIn(cells()),
	[](const auto& cell) { return fmt::format("{}_{}", nameOf(cell.param.one), nameOf(cell.param.other)); });

TEST_P(SimMatrixOneNetwork, twoOfOneHomeAreDirect)
{
	forSeeds(1, 3,
		[](std::uint64_t seed)
		{
			LinkScene scene{seed};
			auto& home = scene.behind("home", "203.0.113.1", router());
			meet(scene, scene.world.host("anna", home, {"192.168.1.2"}),
				scene.world.host("ben", home, {"192.168.1.3"}), true);
		});
}

TEST_P(SimMatrixOneNetwork, twoHomesOfOneCarrierAreDirectWhereItHairpins)
{
	forSeeds(1, 3,
		[](std::uint64_t seed)
		{
			LinkScene scene{seed};
			auto& carrier = scene.behind("carrier", "203.0.113.1", router());
			auto& one = scene.world.nat("one", carrier, {"100.64.1.1"}, PORT_RESTRICTED);
			auto& other = scene.world.nat("other", carrier, {"100.64.2.1"}, PORT_RESTRICTED);
			meet(scene, scene.world.host("anna", one.inside().network(), {"192.168.1.2"}),
				scene.world.host("ben", other.inside().network(), {"192.168.1.2"}), GetParam());
		});
}

INSTANTIATE_TEST_SUITE_P(Router, SimMatrixOneNetwork, testing::Bool(),
	[](const auto& hairpin) { return hairpin.param ? "withHairpin" : "withoutHairpin"; });
