#pragma once

#include "tests/sim/stack/LinkScene.h"

namespace gimlet::sim
{

/// Both behind home routers with access lines of 12.5 ms.
struct HomesScene : LinkScene
{
	explicit HomesScene(
		std::uint64_t seed, const NatModel& one = PORT_RESTRICTED, const NatModel& other = PORT_RESTRICTED) :
		LinkScene(seed),
		annaHost(world.host("anna", behind("one", "203.0.113.1", one), {"192.168.1.2"})),
		benHost(world.host("ben", behind("two", "203.0.113.2", other), {"192.168.2.2"}))
	{
	}

	void start()
	{
		LinkScene::start(annaHost, benHost);
		room.seen[anna->id()] = address("203.0.113.1");
		room.seen[ben->id()] = address("203.0.113.2");
		anna->lookAtNat = [this] { return look(annaRouter().nat(), "203.0.113.1"); };
		ben->lookAtNat = [this] { return look(benRouter().nat(), "203.0.113.2"); };
	}

	static gimlet::NatBehaviour look(const Nat& nat, std::string_view publicAddress)
	{
		gimlet::NatBehaviour seen;
		const auto& model = nat.behaviour();
		seen.address = address(publicAddress);
		seen.mapping = model.mapping == Dependence::EndpointIndependent
						   ? MappingBehaviour::EndpointIndependent
						   : MappingBehaviour::AddressDependent;
		if (seen.mapping != MappingBehaviour::AddressDependent)
			return seen;
		const bool sequential = model.allocation == PortAllocation::Sequential;
		seen.assignment = sequential ? PortAssignment::Sequential : PortAssignment::Random;
		seen.step = sequential ? 1 : 0;
		if (sequential)
			seen.ports = {static_cast<std::uint16_t>(nat.nextPort() - 1)};
		else
			for (int share = 1; share < 7; ++share)
				seen.ports.push_back(static_cast<std::uint16_t>(
					model.firstPort + (model.lastPort - model.firstPort) * share / 7));
		return seen;
	}

	Router& annaRouter()
	{
		return world.routerOf(annaHost);
	}
	Router& benRouter()
	{
		return world.routerOf(benHost);
	}
	/// Anna's access line.
	Interface& annaLine()
	{
		return annaRouter().outside();
	}

	Host& annaHost;
	Host& benHost;
};

/// For people.
inline long milliseconds(Duration duration)
{
	return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}
