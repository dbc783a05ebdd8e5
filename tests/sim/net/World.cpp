#include "tests/sim/net/World.h"

#include <stdexcept>

namespace gimlet::sim
{

namespace
{

/// Between two access networks of the internet (a packet that must die between two NATs is given 4 to 7:
/// FIELD, "Low TTL first").
constexpr int INTERNET_HOPS = 8;

}

Endpoint address(std::string_view text)
{
	return Endpoint::parseAddress(text, 0).value();
}

World::World(std::uint64_t seed, std::size_t keepLines) :
	_seed(seed),
	_random(seed),
	_begun(_agenda.now()),
	_log(keepLines),
	_virtualTime(_agenda.now(), _random.fork())
{
	network("internet", INTERNET_HOPS);
}

Network& World::network(const std::string& name, int hops)
{
	return _networks.emplace_back(_agenda, _log, _random, name, hops);
}

Router& World::nat(const std::string& name, Network& outside,
	std::initializer_list<std::string_view> addresses, const NatModel& behaviour)
{
	std::vector<Endpoint> publicAddresses;
	for (const auto text : addresses)
		publicAddresses.push_back(address(text));
	return _routers.emplace_back(outside, network(name), publicAddresses, behaviour);
}

Router& World::routerOf(Host& host)
{
	for (auto& router : _routers)
		if (&router.inside().network() == &host.interfaces().front().network())
			return router;
	throw std::invalid_argument(host.name() + " has no router");
}

Host& World::host(
	const std::string& name, Network& network, std::initializer_list<std::string_view> addresses)
{
	auto& host = _hosts.emplace_back(_agenda, _log, _random.fork(), name);
	plug(host, network, addresses);
	return host;
}

Interface& World::plug(Host& host, Network& network, std::initializer_list<std::string_view> addresses)
{
	auto& interface = host.plugIn(network);
	for (const auto text : addresses)
	{
		const auto added = address(text);
		interface.add(added);
		if (!added.isV6())
			continue;
		// Up to the internet, each network sends it to the router that leads there.
		const auto* inside = &network;
		for (bool climbing = true; climbing;)
		{
			climbing = false;
			for (auto& router : _routers)
				if (&router.inside().network() == inside)
				{
					router.outside().network().route(added, router.outside());
					inside = &router.outside().network();
					climbing = true;
					break;
				}
		}
	}
	return interface;
}

}
