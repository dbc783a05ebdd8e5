#include "tests/sim/net/Nat.h"

#include <algorithm>

namespace gimlet::sim
{

Nat::Nat(NatModel behaviour, std::vector<Endpoint> publicAddresses, Random random) :
	_behaviour(behaviour), _publicAddresses(std::move(publicAddresses)), _random(random)
{
	const auto ports = std::uint64_t{behaviour.lastPort} - behaviour.firstPort + 1;
	_nextPort = static_cast<std::uint16_t>(behaviour.firstPort + _random.below(ports));
}

bool Nat::outbound(Packet& packet, TimePoint now)
{
	auto* mapping = mappingFor(packet.source, packet.destination, now);
	if (mapping == nullptr)
		return false;
	mapping->used = now;
	mapping->remotes[packet.destination] = now;
	packet.source = mapping->external;
	return true;
}

bool Nat::inbound(Packet& packet, TimePoint now)
{
	const auto found = _byExternal.find(packet.destination);
	auto* mapping = found == _byExternal.end() ? nullptr : &_mappings.at(found->second);
	if (mapping == nullptr || expired(*mapping, now) || !admits(*mapping, packet.source, now))
	{
		if (_behaviour.stray == Stray::Planted)
			_planted[{packet.destination, packet.source}] = now + PLANTED_LIFE;
		return false;
	}
	if (_behaviour.inboundRefreshes)
	{
		mapping->used = now;
		if (const auto remote = mapping->remotes.find(packet.source); remote != mapping->remotes.end())
			remote->second = now;
	}
	packet.destination = found->second.inside;
	return true;
}

Endpoint Nat::part(Dependence dependence, const Endpoint& remote)
{
	switch (dependence)
	{
	case Dependence::EndpointIndependent:
		return {};
	case Dependence::AddressDependent:
		return remote.withPort(0);
	case Dependence::AddressAndPortDependent:
		break;
	}
	return remote;
}

bool Nat::expired(const Mapping& mapping, TimePoint now) const
{
	return now - mapping.used >= _behaviour.idleTimeout ||
		   (_behaviour.absoluteTimeout && now - mapping.created >= *_behaviour.absoluteTimeout);
}

bool Nat::admits(const Mapping& mapping, const Endpoint& remote, TimePoint now) const
{
	if (_behaviour.filtering == Dependence::EndpointIndependent)
		return true;
	return std::any_of(mapping.remotes.begin(), mapping.remotes.end(),
		[&](const auto& entry)
		{
			return now - entry.second < _behaviour.idleTimeout &&
				   part(_behaviour.filtering, entry.first) == part(_behaviour.filtering, remote);
		});
}

bool Nat::planted(const Endpoint& external, const Endpoint& remote, TimePoint now) const
{
	const auto found = _planted.find({external, remote});
	return found != _planted.end() && found->second > now;
}

Nat::Mapping* Nat::mappingFor(const Endpoint& inside, const Endpoint& remote, TimePoint now)
{
	const Key flow{inside, remote};
	const Key usual{inside, part(_behaviour.mapping, remote)};
	if (const auto found = _mappings.find(flow); found != _mappings.end() && !expired(found->second, now))
		return &found->second;
	const auto found = _mappings.find(usual);
	if (found == _mappings.end() || expired(found->second, now))
		return create(usual, remote, now);
	// The usual mapping's endpoint is taken towards this remote: the flow is remapped.
	if (planted(found->second.external, remote, now))
		return create(flow, remote, now);
	return &found->second;
}

Nat::Mapping* Nat::create(const Key& key, const Endpoint& remote, TimePoint now)
{
	sweep(now);
	const auto external = key.inside.isV4() ? allocate(key.inside, remote, now) : key.inside;
	if (!external)
		return nullptr;
	_byExternal[*external] = key;
	auto& mapping = _mappings[key];
	mapping = {*external, now, now, {}};
	return &mapping;
}

std::optional<Endpoint> Nat::allocate(const Endpoint& inside, const Endpoint& remote, TimePoint now)
{
	const auto ports = int{_behaviour.lastPort} - _behaviour.firstPort + 1;
	const auto after = [&](std::uint16_t port, int step)
	{
		const auto offset = (port - _behaviour.firstPort + step % ports + ports) % ports;
		return static_cast<std::uint16_t>(_behaviour.firstPort + offset);
	};

	auto port = _nextPort;
	if (_behaviour.allocation == PortAllocation::Preserving && inside.port() >= _behaviour.firstPort &&
		inside.port() <= _behaviour.lastPort)
		port = inside.port();
	else if (_behaviour.allocation == PortAllocation::Random)
		port = static_cast<std::uint16_t>(
			_behaviour.firstPort + _random.below(static_cast<std::uint64_t>(ports)));
	const auto address = publicAddress(inside);
	for (int tried = 0; tried < ports; ++tried, port = after(port, 1))
	{
		const auto external = address.withPort(port);
		if (_byExternal.contains(external) || planted(external, remote, now))
			continue;
		if (_behaviour.allocation == PortAllocation::Sequential)
			_nextPort = after(port, _behaviour.step);
		return external;
	}
	return std::nullopt;
}

Endpoint Nat::publicAddress(const Endpoint& inside)
{
	if (_behaviour.pooling == Pooling::Arbitrary)
		return _publicAddresses[_random.below(_publicAddresses.size())];
	const auto [pair, added] = _pairing.emplace(inside.withPort(0), _pairing.size());
	return _publicAddresses[pair->second % _publicAddresses.size()];
}

void Nat::sweep(TimePoint now)
{
	std::erase_if(_mappings,
		[&](const auto& entry)
		{
			if (!expired(entry.second, now))
				return false;
			_byExternal.erase(entry.second.external);
			return true;
		});
	std::erase_if(_planted, [&](const auto& entry) { return entry.second <= now; });
}

bool Nat::owns(const Endpoint& address) const
{
	return std::any_of(_publicAddresses.begin(), _publicAddresses.end(),
		[&](const Endpoint& own) { return own.sameAddress(address); });
}

void Nat::restart()
{
	_mappings.clear();
	_byExternal.clear();
	_pairing.clear();
	_planted.clear();
}

std::size_t Nat::mappings(TimePoint now)
{
	sweep(now);
	return _mappings.size();
}

}
