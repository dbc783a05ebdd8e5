#include "tests/sim/net/Host.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gimlet::sim
{

namespace
{

/// Linux, net.ipv4.ip_local_port_range.
constexpr std::uint16_t FIRST_EPHEMERAL = 32768;
constexpr std::uint16_t EPHEMERAL_PORTS = 28232;

}

SimPort::~SimPort()
{
	_host._ports.erase(_local);
}

bool SimPort::supports(int family) const
{
	const bool dual = _local.isV6() && _local.isUnspecified();
	const auto own = _host.addresses();
	return (family == _local.family() || dual) &&
		   std::any_of(own.begin(), own.end(), [&](const Endpoint& one) { return one.family() == family; });
}

bool SimPort::send(ByteView datagram, const Endpoint& remote)
{
	return supports(remote.family()) && _host.send(*this, _local, datagram, remote);
}

bool SimPort::sendHops(ByteView datagram, const Endpoint& remote, unsigned hops)
{
	const auto usual = std::exchange(ttl, static_cast<int>(hops));
	const bool sent = send(datagram, remote);
	ttl = usual;
	return sent;
}

bool SimPort::sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote)
{
	if (!local.valid() || local.isUnspecified())
		return send(datagram, remote);
	const bool own = _local.isUnspecified() ? _host.owns(local) : _local.sameAddress(local);
	return own && local.family() == remote.family() && supports(remote.family()) &&
		   _host.send(*this, local.withPort(_local.port()), datagram, remote);
}

Interface& Host::plugIn(Network& network)
{
	return _interfaces.emplace_back(*this, network, _name);
}

std::vector<Endpoint> Host::addresses() const
{
	std::vector<Endpoint> result;
	for (const auto& plug : _interfaces)
		result.insert(result.end(), plug.addresses().begin(), plug.addresses().end());
	return result;
}

bool Host::owns(const Endpoint& address) const
{
	return std::any_of(
		_interfaces.begin(), _interfaces.end(), [&](const Interface& plug) { return plug.has(address); });
}

std::unique_ptr<SimPort> Host::open(const Endpoint& local)
{
	if (!local.isUnspecified() && !owns(local))
		throw std::invalid_argument(local.toString() + " is not " + _name + "'s");
	auto bound = local;
	while (bound.port() == 0 || (local.port() == 0 && _ports.contains(bound)))
		bound = local.withPort(static_cast<std::uint16_t>(FIRST_EPHEMERAL + _random.below(EPHEMERAL_PORTS)));
	if (_ports.contains(bound))
		throw std::invalid_argument(bound.toString() + " is taken on " + _name);
	auto port = std::make_unique<SimPort>(*this, bound);
	_ports.emplace(bound, port.get());
	return port;
}

std::unique_ptr<SimPort> Host::open(std::string_view local)
{
	return open(Endpoint::parse(local).value());
}

Interface* Host::interfaceFor(const Endpoint& local, const Endpoint& remote)
{
	Interface* usual = nullptr;
	for (auto& plug : _interfaces)
	{
		const bool fits = std::any_of(plug.addresses().begin(), plug.addresses().end(),
			[&](const Endpoint& own)
			{ return own.family() == remote.family() && (local.isUnspecified() || own.sameAddress(local)); });
		if (!fits)
			continue;
		if (plug.network().knows(remote))
			return &plug;
		if (usual == nullptr)
			usual = &plug;
	}
	return usual;
}

bool Host::send(const SimPort& from, const Endpoint& local, ByteView datagram, const Endpoint& remote)
{
	auto* plug = interfaceFor(local, remote);
	if (plug == nullptr || remote.port() == 0)
		return false;
	auto source = local;
	if (local.isUnspecified())
		source = std::find_if(plug->addresses().begin(), plug->addresses().end(),
			[&](const Endpoint& own) {
				return own.family() == remote.family();
			})->withPort(local.port());
	auto packet =
		std::make_shared<Packet>(Packet{source, remote, from.ttl, Buffer(datagram.begin(), datagram.end())});
	if (packet->size() > plug->up.settings.mtu)
		return false;
	_log.note(_agenda.now(), _name, "sent", *packet);
	_log.noteBytes(*packet);
	if (owns(remote))
		_agenda.at(_agenda.now(), [this, plug, packet] { receive(*plug, packet); });
	else
		plug->up.send(std::move(packet));
	return true;
}

SimPort* Host::portFor(const Endpoint& destination) const
{
	// The most particular socket gets it, as in a kernel.
	for (const auto& bound : {destination, Endpoint::any(destination.family(), destination.port()),
			 Endpoint::any(AF_INET6, destination.port())})
		if (const auto found = _ports.find(bound); found != _ports.end())
			return found->second;
	return nullptr;
}

void Host::receive(Interface& /*on*/, PacketPtr packet)
{
	auto* port = owns(packet->destination) ? portFor(packet->destination) : nullptr;
	_log.note(_agenda.now(), _name, port == nullptr ? "no socket" : "received", *packet);
	if (port == nullptr || !port->receiver)
		return;
	const auto receiver = port->receiver;
	receiver(packet->bytes, {port, packet->destination, packet->source}, _agenda.now());
}

}
