#pragma once

#include <functional>
#include <memory>

#include "plugins/transport/udp-punch/sctp/Engine.h"
#include "tests/sim/stack/LinkPeer.h"
#include "tests/sim/stack/Scene.h"

namespace gimlet::sim
{

/// Two nodes that are to link, with everything between them.
struct LinkScene : Scene
{
	explicit LinkScene(std::uint64_t seed) : Scene(seed)
	{
		tick();
	}

	/// Makes the nodes, lets them gather as nodes do long before they meet, and joins both.
	void start(Host& one, Host& other)
	{
		auto* with = relayed ? &relay : nullptr;
		anna = std::make_unique<LinkPeer>(world, room, one, stunServers, engine, with);
		ben = std::make_unique<LinkPeer>(world, room, other, stunServers, engine, with);
		world.run(std::chrono::milliseconds{300});
		anna->join();
		ben->join();
		joined = world.now();
	}

	bool link(Duration limit = std::chrono::seconds{20})
	{
		return world.runUntil([this] { return anna->up() && ben->up(); }, limit);
	}

	/// Neither's path goes over a relay.
	bool direct() const
	{
		return anna->link() && ben->link() && anna->direct() && ben->direct();
	}

	/// Until that is so. Links are up long before where there is a relay.
	bool goDirect(Duration limit = std::chrono::seconds{20})
	{
		return world.runUntil([this] { return direct(); }, limit);
	}

	/// One word each way arrives.
	bool talk(Duration limit = std::chrono::seconds{10})
	{
		const auto annaHas = anna->received.size();
		const auto benHas = ben->received.size();
		anna->say("hello ben");
		ben->say("hello anna");
		return world.runUntil(
			[&] { return anna->received.size() > annaHas && ben->received.size() > benHas; }, limit);
	}

	/// The very first word of each, said before there is a link, arrives.
	bool firstWords(Duration limit = std::chrono::seconds{20})
	{
		anna->say("first");
		ben->say("first");
		return world.runUntil([this] { return anna->firstReceivedAt && ben->firstReceivedAt; }, limit);
	}

	std::string explain() const
	{
		return anna->explain() + ben->explain() + world.log().text();
	}

	std::shared_ptr<udp_punch::sctp::Engine> engine =
		udp_punch::sctp::Engine::shared(udp_punch::sctp::Engine::Clock::Manual);
	/// Where the rendezvous is.
	SimRelay relay{world.agenda(), ACCESS.delay * 2};
	/// Whether they have it; to be said before start().
	bool relayed = false;
	std::unique_ptr<LinkPeer> anna;
	std::unique_ptr<LinkPeer> ben;
	TimePoint joined{};

private:
	/// usrsctp's timers, at the rate at which the engine's own thread runs them.
	void tick()
	{
		world.agenda().at(world.now() + std::chrono::milliseconds{10},
			[this]
			{
				engine->tick(10);
				tick();
			});
	}
};

}
