#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tests/sim/net/Host.h"
#include "tests/sim/net/Router.h"
#include "tests/sim/net/VirtualTime.h"

namespace gimlet::sim
{

/// A simulated world: an internet, what hangs on it, and time. It owns all hosts, routers and networks; they
/// live as long as it does. While it lives, its thread is in virtual time, so nothing in it depends on
/// anything but the seed: no pointer, no hash, no real clock.
class World
{
public:
	/// @param keepLines How many lines of the packet log are kept for people.
	explicit World(std::uint64_t seed, std::size_t keepLines = 200);

	std::uint64_t seed() const
	{
		return _seed;
	}
	Agenda& agenda()
	{
		return _agenda;
	}
	TimePoint now() const
	{
		return _agenda.now();
	}
	PacketLog& log()
	{
		return _log;
	}
	const PacketLog& log() const
	{
		return _log;
	}
	Random& random()
	{
		return _random;
	}
	/// Since the world began.
	Duration elapsed() const
	{
		return _agenda.now() - _begun;
	}

	Network& internet()
	{
		return _networks.front();
	}
	/// Another network, without a gateway yet.
	Network& network(const std::string& name, int hops = 0);

	/// A NAT behind `outside`, with public addresses there. @return The router; its inside is a new network.
	Router& nat(const std::string& name, Network& outside, std::initializer_list<std::string_view> addresses,
		const NatModel& behaviour);

	/// The router of a host's first network. @throws std::invalid_argument if it has none.
	Router& routerOf(Host& host);

	/// A host with addresses in a network; IPv6 ones are also routed from all networks outside of it.
	Host& host(
		const std::string& name, Network& network, std::initializer_list<std::string_view> addresses = {});
	/// More addresses for a host: another plug.
	Interface& plug(Host& host, Network& network, std::initializer_list<std::string_view> addresses);

	void run(Duration duration)
	{
		_agenda.run(duration);
	}
	bool runUntil(const std::function<bool()>& done, Duration limit)
	{
		return _agenda.runUntil(done, limit);
	}

private:
	std::uint64_t _seed;
	Random _random;
	Agenda _agenda;
	TimePoint _begun;
	PacketLog _log;
	VirtualTime _virtualTime;
	std::deque<Network> _networks;
	std::deque<Router> _routers;
	std::deque<Host> _hosts;
};

/// An address without a port. @throws std::bad_optional_access if it is none.
Endpoint address(std::string_view text);

}
