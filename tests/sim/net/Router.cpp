#include "tests/sim/net/Router.h"

namespace gimlet::sim
{

Router::Router(Network& outside, Network& inside, const std::vector<Endpoint>& publicAddresses,
	const NatModel& behaviour) :
	_outside(*this, outside, inside.name() + "'s router"),
	_inside(*this, inside, inside.name()),
	_nat(behaviour, publicAddresses, outside.random().fork())
{
	for (const auto& address : publicAddresses)
		_outside.add(address);
	inside.setGateway(&_inside);
}

void Router::receive(Interface& on, PacketPtr packet)
{
	if (--packet->ttl <= 0)
		drop(*packet, "ttl");
	else if (&on == &_inside)
		leave(std::move(packet));
	else
		enter(std::move(packet));
}

void Router::leave(PacketPtr packet)
{
	const auto now = _outside.network().agenda().now();
	// RFC 4787, REQ-9: what comes back in has an external source too.
	const bool back = _nat.owns(packet->destination);
	if (back && !_nat.behaviour().hairpin)
		drop(*packet, "no hairpin");
	else if (!_nat.outbound(*packet, now))
		drop(*packet, "no port");
	else if (back)
		enter(std::move(packet));
	else
		_outside.up.send(std::move(packet));
}

void Router::enter(PacketPtr packet)
{
	if (_nat.inbound(*packet, _outside.network().agenda().now()))
		_inside.up.send(std::move(packet));
	else
		drop(*packet, "filtered");
}

void Router::drop(const Packet& packet, const char* why)
{
	_outside.network().log().note(_outside.network().agenda().now(), _outside.name(), why, packet);
}

}
