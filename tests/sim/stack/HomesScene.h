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
