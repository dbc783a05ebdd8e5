#include "tests/sim/net/Network.h"

#include <algorithm>
#include <stdexcept>

namespace gimlet::sim
{

Interface::Interface(Device& device, Network& network, std::string name) :
	_device(device),
	_network(network),
	_name(std::move(name)),
	up(network.agenda(), network.log(), network.random().fork(), _name + " up",
		[this](PacketPtr packet) { _network.deliver(*this, std::move(packet)); }),
	down(network.agenda(), network.log(), network.random().fork(), _name + " down",
		[this](PacketPtr packet) { _device.receive(*this, std::move(packet)); })
{
}

Interface::~Interface()
{
	for (const auto& address : _addresses)
		_network.unroute(address);
	if (_network.gateway() == this)
		_network.setGateway(nullptr);
}

void Interface::add(const Endpoint& address)
{
	if (_network.knows(address))
		throw std::invalid_argument(address.addressString() + " is taken in " + _network.name());
	_addresses.push_back(address.withPort(0));
	_network.route(address, *this);
}

void Interface::remove(const Endpoint& address)
{
	std::erase_if(_addresses, [&](const Endpoint& own) { return own.sameAddress(address); });
	_network.unroute(address);
}

bool Interface::has(const Endpoint& address) const
{
	return std::any_of(
		_addresses.begin(), _addresses.end(), [&](const Endpoint& own) { return own.sameAddress(address); });
}

Network::Network(Agenda& agenda, PacketLog& log, Random& random, std::string name, int hops) :
	_agenda(agenda), _log(log), _random(random), _name(std::move(name)), _hops(hops)
{
}

void Network::route(const Endpoint& address, Interface& to)
{
	_routes[address.withPort(0)] = &to;
}

void Network::unroute(const Endpoint& address)
{
	_routes.erase(address.withPort(0));
}

void Network::deliver(const Interface& from, PacketPtr packet)
{
	packet->ttl -= _hops;
	const auto found = _routes.find(packet->destination.withPort(0));
	auto* to = found != _routes.end() ? found->second : _gateway;
	if (packet->ttl <= 0)
		_log.note(_agenda.now(), _name, "ttl", *packet);
	else if (blocks && blocks(*packet))
		_log.note(_agenda.now(), _name, "blocked", *packet);
	// A host has no business with its own packets, and a gateway sends nothing back where it came from.
	else if (to == nullptr || to == &from)
		_log.note(_agenda.now(), _name, "no route", *packet);
	else
		to->down.send(std::move(packet));
}

}
