#include "tests/sim/stack/Ports.h"

#include <algorithm>

namespace gimlet::sim
{

namespace
{

bool same(const Candidate& one, const Candidate& other)
{
	return one.type == other.type && one.endpoint == other.endpoint;
}

/// RFC 7983: STUN.
bool isStun(ByteView datagram)
{
	return !datagram.empty() && datagram.front() < 4;
}

}

Ports::Ports(Host& host, std::string_view local, const std::vector<Endpoint>& stunServers, User user) :
	_host(host),
	_port(host.open(local)),
	_user(std::move(user)),
	_random{[&host]
		{
			stun::TransactionId id{};
			host.random().fill(id);
			return id;
		},
		[&host] { return host.random().unit(); }}
{
	_port->receiver = [this](ByteView datagram, const Path& path, TimePoint) { received(datagram, path); };
	std::vector<int> families;
	for (const int family : {AF_INET, AF_INET6})
		if (_port->supports(family))
			families.push_back(family);
	std::vector<std::string> names;
	for (const auto& server : stunServers)
		names.push_back(server.toString());
	_machine.emplace(
		families, _port->localEndpoint().port(), names, stun_discovery::Timing{}, _random, host.loop().now());
	for (const auto& server : stunServers)
		_machine->resolved(server.toString(), {server}, host.loop().now());
	refresh();
}

void Ports::refresh()
{
	std::vector<Candidate> hosts;
	for (const auto& address : _host.addresses())
		if (_port->supports(address.family()))
		{
			const auto endpoint = address.withPort(_port->localEndpoint().port());
			hosts.push_back({CandidateType::Host, endpoint, endpoint, _port.get(), "interface"});
		}
	const auto before = _candidates;
	for (const auto& old : before)
		if (old.type == CandidateType::Host &&
			std::none_of(hosts.begin(), hosts.end(), [&](const Candidate& one) { return same(one, old); }))
			remove(old);
	for (const auto& candidate : hosts)
		add(candidate);
	_machine->restart(_host.loop().now());
	serve();
}

/// As Finder does it.
void Ports::sampleNat()
{
	const auto server = _machine->sampleServer();
	if (!server || (_look && !_look->isOver()))
		return;
	_look.emplace(*server, stun_discovery::Timing{}, _random, _host.loop().now());
	_lookPort = _host.open(server->isV4() ? "0.0.0.0:0" : "[::]:0");
	_lookPort->receiver = [this](ByteView datagram, const Path& path, TimePoint now)
	{
		if (const auto mapped = _look->onDatagram(datagram, path.remote, now))
		{
			_machine->sampled(*_look, *mapped, now);
			serve();
		}
	};
	serveLook();
}

void Ports::serveLook()
{
	while (const auto bytes = _look->pollTransmit())
		_lookPort->send(*bytes, _look->server());
	const auto deadline = _look->nextDeadline();
	_lookTimer = deadline == NEVER ? Timer{}
								   : _host.loop().at(deadline,
										 [this]
										 {
											 _look->onTimer(_host.loop().now());
											 serveLook();
										 });
}

void Ports::add(const Candidate& candidate)
{
	if (std::any_of(_candidates.begin(), _candidates.end(),
			[&](const Candidate& one) { return same(one, candidate); }))
		return;
	_candidates.push_back(candidate);
	_user.found(candidate);
}

void Ports::remove(const Candidate& candidate)
{
	const auto gone = candidate;
	if (std::erase_if(_candidates, [&](const Candidate& one) { return same(one, gone); }) > 0)
		_user.lost(gone);
}

void Ports::received(ByteView datagram, const Path& path)
{
	const auto now = _host.loop().now();
	if (isStun(datagram) && _machine->onDatagram(datagram, path.remote, now))
		serve();
	else
		_user.received(datagram, path);
}

void Ports::serve()
{
	while (const auto transmit = _machine->pollTransmit())
		_port->send(transmit->bytes, transmit->server);
	while (const auto event = _machine->pollEvent())
		tell(*event);
	const auto deadline = _machine->nextDeadline();
	if (deadline == NEVER)
		_timer.cancel();
	else
		_timer = _host.loop().at(deadline,
			[this]
			{
				_machine->onTimer(_host.loop().now());
				serve();
			});
}

void Ports::tell(const stun_discovery::Event& event)
{
	const auto reflexive = [&](const Endpoint& mapped, const std::string& server)
	{
		const auto base = Endpoint::any(mapped.family(), _port->localEndpoint().port());
		return Candidate{CandidateType::ServerReflexive, mapped, base, _port.get(), server};
	};
	if (const auto* found = std::get_if<stun_discovery::Found>(&event))
		add(reflexive(found->mapped, found->server));
	else if (const auto* lost = std::get_if<stun_discovery::Lost>(&event))
		remove(reflexive(lost->mapped, {}));
	else if (const auto* mapping = std::get_if<stun_discovery::Mapping>(&event))
		_mapping = mapping->behaviour;
	else if (const auto* behaviour = std::get_if<stun_discovery::Behaviour>(&event))
	{
		_natComplete = behaviour->complete;
		if (_user.nat)
			_user.nat(_machine->nat());
	}
}

}
