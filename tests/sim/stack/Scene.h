#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/net/SignalingRoom.h"
#include "tests/sim/net/StunServer.h"
#include "tests/sim/net/World.h"

namespace gimlet::sim
{

/// The kinds of NAT by their old names (RFC 3489), which people still use. Ports are random, which is the
/// hardest.
inline constexpr NatModel CONE{.mapping = Dependence::EndpointIndependent,
	.filtering = Dependence::EndpointIndependent,
	.allocation = PortAllocation::Random};
inline constexpr NatModel ADDRESS_RESTRICTED{.mapping = Dependence::EndpointIndependent,
	.filtering = Dependence::AddressDependent,
	.allocation = PortAllocation::Random};
inline constexpr NatModel PORT_RESTRICTED{.mapping = Dependence::EndpointIndependent,
	.filtering = Dependence::AddressAndPortDependent,
	.allocation = PortAllocation::Random};
inline constexpr NatModel SYMMETRIC{.mapping = Dependence::AddressAndPortDependent,
	.filtering = Dependence::AddressAndPortDependent,
	.allocation = PortAllocation::Random};

/// An access line: two of them make a round trip of 50 ms.
inline constexpr LinkSettings ACCESS{.delay = std::chrono::microseconds{12'500}, .mtu = 1500};

/// What most stories need beside two hosts: a STUN server with two addresses and RFC 5780, and a rendezvous
/// from which either of two members is as far as they are from each other.
struct Scene
{
	explicit Scene(std::uint64_t seed) : world(seed), room(world.agenda(), ACCESS.delay * 2)
	{
		stunHost.interfaces().front().set({.delay = std::chrono::milliseconds{5}});
	}

	/// A new network behind a NAT with an access line.
	Network& behind(const std::string& name, std::string_view publicAddress, const NatModel& behaviour)
	{
		auto& router = world.nat(name, world.internet(), {publicAddress}, behaviour);
		router.outside().set(ACCESS);
		return router.inside().network();
	}

	/// A host on an access line of its own.
	Host& directly(const std::string& name, std::initializer_list<std::string_view> addresses)
	{
		auto& host = world.host(name, world.internet(), addresses);
		host.interfaces().front().set(ACCESS);
		return host;
	}

	World world;
	Host& stunHost = world.host("stun", world.internet(), {"192.0.2.1", "192.0.2.2"});
	StunServer stun{stunHost, 3478, 3479};
	std::vector<Endpoint> stunServers{
		address("192.0.2.1").withPort(3478), address("192.0.2.2").withPort(3478)};
	SignalingRoom room;
};

}
