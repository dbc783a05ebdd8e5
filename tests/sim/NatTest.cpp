// Each behaviour that RFC 4787 names, shown alone on the table; the routers' tests show it on the wire.
#include "tests/sim/net/Nat.h"

#include <gtest/gtest.h>

#include <set>

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

Endpoint at(std::string_view text)
{
	return Endpoint::parse(text).value();
}

const Endpoint INSIDE = at("192.168.1.2:5000");
const Endpoint OTHER_INSIDE = at("192.168.1.3:5000");
const Endpoint PEER = at("198.51.100.1:7000");
const Endpoint PEER_OTHER_PORT = at("198.51.100.1:7001");
const Endpoint STRANGER = at("198.51.100.2:7000");

class SimNatTest : public testing::Test
{
protected:
	void make(const NatModel& behaviour, std::vector<Endpoint> addresses = {at("203.0.113.1:0")})
	{
		nat.emplace(behaviour, std::move(addresses), Random{7});
	}

	/// The source that a packet gets; invalid when it is dropped.
	Endpoint out(const Endpoint& from, const Endpoint& to)
	{
		Packet packet{from, to, 64, {}};
		return nat->outbound(packet, now) ? packet.source : Endpoint{};
	}

	/// Where a packet ends up inside; invalid when it is refused.
	Endpoint in(const Endpoint& from, const Endpoint& to)
	{
		Packet packet{from, to, 64, {}};
		return nat->inbound(packet, now) ? packet.destination : Endpoint{};
	}

	std::optional<Nat> nat;
	TimePoint now{1h};
};

}

TEST_F(SimNatTest, mappingDependsOnWhatItSays)
{
	make({.mapping = Dependence::EndpointIndependent, .allocation = PortAllocation::Random});
	EXPECT_EQ(out(INSIDE, PEER), out(INSIDE, STRANGER));
	EXPECT_NE(out(INSIDE, PEER), out(OTHER_INSIDE, PEER));

	make({.mapping = Dependence::AddressDependent, .allocation = PortAllocation::Random});
	EXPECT_EQ(out(INSIDE, PEER), out(INSIDE, PEER_OTHER_PORT));
	EXPECT_NE(out(INSIDE, PEER), out(INSIDE, STRANGER));

	make({.mapping = Dependence::AddressAndPortDependent, .allocation = PortAllocation::Random});
	EXPECT_EQ(out(INSIDE, PEER), out(INSIDE, PEER));
	EXPECT_NE(out(INSIDE, PEER), out(INSIDE, PEER_OTHER_PORT));
	EXPECT_NE(out(INSIDE, PEER), out(INSIDE, STRANGER));
}

TEST_F(SimNatTest, filteringDependsOnWhatItSays)
{
	make({.filtering = Dependence::EndpointIndependent});
	auto external = out(INSIDE, PEER);
	EXPECT_EQ(in(STRANGER, external), INSIDE);
	EXPECT_FALSE(in(STRANGER, external.withPort(1)).valid());

	make({.filtering = Dependence::AddressDependent});
	external = out(INSIDE, PEER);
	EXPECT_EQ(in(PEER_OTHER_PORT, external), INSIDE);
	EXPECT_FALSE(in(STRANGER, external).valid());

	make({.filtering = Dependence::AddressAndPortDependent});
	external = out(INSIDE, PEER);
	EXPECT_EQ(in(PEER, external), INSIDE);
	EXPECT_FALSE(in(PEER_OTHER_PORT, external).valid());
	EXPECT_FALSE(in(STRANGER, external).valid());
}

TEST_F(SimNatTest, portsArePreservedSequentialOrRandom)
{
	make({.allocation = PortAllocation::Preserving});
	EXPECT_EQ(out(INSIDE, PEER), at("203.0.113.1:5000"));
	EXPECT_EQ(out(OTHER_INSIDE, PEER), at("203.0.113.1:5001")) << "taken: the next one";

	make({.mapping = Dependence::AddressAndPortDependent, .allocation = PortAllocation::Sequential});
	const auto first = out(INSIDE, PEER).port();
	EXPECT_EQ(out(INSIDE, PEER_OTHER_PORT).port(), first + 1);
	EXPECT_EQ(out(INSIDE, STRANGER).port(), first + 2);

	make({.mapping = Dependence::AddressAndPortDependent, .allocation = PortAllocation::Random});
	std::set<std::uint16_t> ports;
	int neighbours = 0;
	for (std::uint16_t remote = 1000, last = 0; remote < 1100; ++remote)
	{
		const auto port = out(INSIDE, PEER.withPort(remote)).port();
		neighbours += port == last + 1 ? 1 : 0;
		last = port;
		ports.insert(port);
	}
	EXPECT_EQ(ports.size(), 100U);
	EXPECT_LT(neighbours, 3);
}

TEST_F(SimNatTest, aSmallBlockOfPortsRunsOut)
{
	make({.mapping = Dependence::AddressAndPortDependent,
		.allocation = PortAllocation::Random,
		.firstPort = 40000,
		.lastPort = 40063});
	std::set<std::uint16_t> ports;
	for (std::uint16_t remote = 1; remote <= 64; ++remote)
		ports.insert(out(INSIDE, PEER.withPort(remote)).port());
	EXPECT_EQ(ports.size(), 64U);
	EXPECT_EQ(*ports.begin(), 40000);
	EXPECT_EQ(*ports.rbegin(), 40063);
	EXPECT_FALSE(out(INSIDE, STRANGER).valid());
	now += 2min;
	EXPECT_TRUE(out(INSIDE, STRANGER).valid());
}

TEST_F(SimNatTest, anIdleMappingEndsAndTrafficKeepsIt)
{
	make({.allocation = PortAllocation::Random, .idleTimeout = 30s});
	const auto external = out(INSIDE, PEER);
	now += 29s;
	EXPECT_EQ(in(PEER, external), INSIDE) << "and that refreshes it";
	now += 29s;
	EXPECT_EQ(in(PEER, external), INSIDE);
	now += 30s;
	EXPECT_FALSE(in(PEER, external).valid());
	EXPECT_EQ(nat->mappings(now), 0U);
	EXPECT_NE(out(INSIDE, PEER), external);

	make({.idleTimeout = 30s, .inboundRefreshes = false});
	const auto other = out(INSIDE, PEER);
	now += 20s;
	EXPECT_EQ(in(PEER, other), INSIDE);
	now += 20s;
	EXPECT_FALSE(in(PEER, other).valid());
}

TEST_F(SimNatTest, anAbsoluteTimeoutEndsABusyMapping)
{
	make({.allocation = PortAllocation::Random, .absoluteTimeout = 60s});
	const auto external = out(INSIDE, PEER);
	for (int second = 1; second < 60; ++second)
	{
		now += 1s;
		EXPECT_EQ(out(INSIDE, PEER), external);
		EXPECT_EQ(in(PEER, external), INSIDE);
	}
	now += 1s;
	EXPECT_FALSE(in(PEER, external).valid());
	EXPECT_NE(out(INSIDE, PEER), external);
}

TEST_F(SimNatTest, severalPublicAddressesArePairedOrNot)
{
	const std::vector addresses{at("203.0.113.1:0"), at("203.0.113.2:0")};
	make({.mapping = Dependence::AddressAndPortDependent, .pooling = Pooling::Paired}, addresses);
	const auto first = out(INSIDE, PEER);
	for (std::uint16_t port = 1; port < 50; ++port)
		EXPECT_TRUE(out(INSIDE, PEER.withPort(port)).sameAddress(first));
	EXPECT_FALSE(out(OTHER_INSIDE, PEER).sameAddress(first));

	make({.mapping = Dependence::AddressAndPortDependent, .pooling = Pooling::Arbitrary}, addresses);
	std::set<std::string> seen;
	for (std::uint16_t port = 1; port < 50; ++port)
		seen.insert(out(INSIDE, PEER.withPort(port)).addressString());
	EXPECT_EQ(seen, (std::set<std::string>{"203.0.113.1", "203.0.113.2"}));
}

TEST_F(SimNatTest, aStrayPacketPlantsAnEntryAndTheAnswerIsRemapped)
{
	for (const auto stray : {Stray::Dropped, Stray::Planted})
	{
		make({.stray = stray});
		const auto external = out(INSIDE, STRANGER);
		EXPECT_FALSE(in(PEER, external).valid()) << "nobody asked for it";
		const auto towardsPeer = out(INSIDE, PEER);
		EXPECT_EQ(towardsPeer == external, stray == Stray::Dropped);
		EXPECT_EQ(out(INSIDE, STRANGER), external) << "others are not affected";
		EXPECT_EQ(in(PEER, external).valid(), stray == Stray::Dropped) << "the punch fails though it is EIM";
		EXPECT_EQ(in(PEER, towardsPeer), INSIDE);
		EXPECT_EQ(out(INSIDE, PEER), towardsPeer) << "it stays so";
	}
}

TEST_F(SimNatTest, aPlantedEntryIsForgotten)
{
	make({.stray = Stray::Planted});
	const auto external = out(INSIDE, STRANGER);
	EXPECT_FALSE(in(PEER, external).valid());
	now += Nat::PLANTED_LIFE;
	EXPECT_EQ(out(INSIDE, PEER), external);
}

TEST_F(SimNatTest, whatWasAskedForPlantsNothing)
{
	make({.stray = Stray::Planted});
	const auto external = out(INSIDE, PEER);
	EXPECT_EQ(in(PEER, external), INSIDE);
	EXPECT_EQ(out(INSIDE, PEER), external);
}

TEST_F(SimNatTest, version6IsFilteredAndNotTranslated)
{
	make({});
	const auto inside = at("[2001:db8:1::2]:5000");
	const auto peer = at("[2001:db8:2::2]:5000");
	EXPECT_FALSE(in(peer, inside).valid());
	EXPECT_EQ(out(inside, peer), inside);
	EXPECT_EQ(in(peer, inside), inside);
	EXPECT_FALSE(in(peer.withPort(1), inside).valid());
}

TEST_F(SimNatTest, aRestartForgetsAll)
{
	make({});
	const auto external = out(INSIDE, PEER);
	nat->restart();
	EXPECT_FALSE(in(PEER, external).valid());
	EXPECT_EQ(nat->mappings(now), 0U);
}
