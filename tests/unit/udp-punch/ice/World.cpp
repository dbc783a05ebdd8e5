#include "tests/unit/udp-punch/ice/World.h"

#include <algorithm>

namespace gimlet::udp_punch::ice::test
{

Endpoint at(const std::string& text)
{
	return Endpoint::parse(text).value();
}

CandidateLine line(
	const std::string& endpoint, CandidateType type, std::uint32_t priority, const std::string& foundation)
{
	CandidateLine result;
	result.foundation = foundation;
	result.priority = priority;
	result.endpoint = at(endpoint);
	result.port = result.endpoint.port();
	result.type = type;
	return result;
}

Endpoint Nat::outward(const Endpoint& inside, const Endpoint& remote)
{
	for (auto& mapping : _mappings)
		if (mapping.inside == inside && (!symmetric || mapping.remote == remote))
		{
			mapping.allowed.insert(remote);
			return mapping.outside;
		}
	_mappings.push_back({inside, remote, address.withPort(_next++), {remote}});
	return _mappings.back().outside;
}

std::optional<Endpoint> Nat::inward(const Endpoint& mapped, const Endpoint& remote) const
{
	for (const auto& mapping : _mappings)
		if (mapping.outside == mapped && (open || mapping.allowed.contains(remote)))
			return mapping.inside;
	return std::nullopt;
}

void Nat::forget()
{
	_mappings.clear();
}

Host::Host(World& world, Role role, std::uint32_t tag)
{
	configuration.random = world.source();
	configuration.tag = tag;
	configuration.local = makeCredentials(configuration.random);
	renew(role, tag);
}

void Host::renew(Role role, std::uint64_t tieBreaker)
{
	configuration.role = role;
	configuration.tieBreaker = tieBreaker;
	_agent = std::make_unique<Agent>(configuration);
}

FakePort& Host::open(const std::vector<std::string>& endpoints)
{
	const auto first = at(endpoints.front());
	auto& port = *ports.emplace_back(std::make_unique<FakePort>(
		endpoints.size() == 1 ? first : Endpoint::any(first.family(), first.port())));
	for (const auto& text : endpoints)
	{
		const auto endpoint = at(text);
		addresses[&port].push_back(endpoint);
		if (const auto told =
				_agent->addLocal({CandidateType::Host, endpoint, endpoint, &port, ""}, TimePoint{}))
			lines.push_back(*told);
	}
	return port;
}

CandidateLine Host::reflexive(FakePort& port)
{
	const auto inside = addresses[&port].front();
	const auto mapped = nat->outward(inside, at("198.51.100.1:3478"));
	const auto told = _agent->addLocal(
		{CandidateType::ServerReflexive, mapped, inside, &port, "198.51.100.1"}, TimePoint{});
	lines.push_back(told.value());
	return *told;
}

unsigned Host::count(Event event) const
{
	return static_cast<unsigned>(std::ranges::count(events, event));
}

World::World() : alice(*this, Role::Controlling, 0xA11CE), bob(*this, Role::Controlled, 0xB0B) {}

Random World::source()
{
	return [this](std::span<std::uint8_t> bytes)
	{
		for (auto& byte : bytes)
			byte = static_cast<std::uint8_t>(random());
	};
}

void World::tell(Host& to, const Host& from, bool done)
{
	to.agent().setRemote(from._agent->local(), now);
	for (const auto& told : from.lines)
		to.agent().addRemote(told, now);
	if (done)
		to.agent().remoteDone(now);
	drain();
}

void World::introduce(bool done)
{
	tell(alice, bob, done);
	tell(bob, alice, done);
}

bool World::bothSelected() const
{
	return alice._agent->selected() && bob._agent->selected();
}

void World::run(Duration duration)
{
	const auto end = now + duration;
	drain();
	while (step(end))
		continue;
}

bool World::runUntil(const std::function<bool()>& condition, Duration longest)
{
	const auto end = now + longest;
	drain();
	while (!condition())
		if (!step(end))
			return condition();
	return true;
}

bool World::step(TimePoint end)
{
	auto next = std::min(alice._agent->nextDeadline(), bob._agent->nextDeadline());
	if (!_flying.empty())
		next = std::min(next, _flying.top().arrives);
	if (next > end)
	{
		now = end;
		return false;
	}
	now = std::max(now, next);
	while (!_flying.empty() && _flying.top().arrives <= now)
	{
		const auto datagram = _flying.top().datagram;
		_flying.pop();
		deliver(datagram);
	}
	for (auto* host : {&alice, &bob})
		if (host->agent().nextDeadline() <= now)
			host->agent().onTimer(now);
	drain();
	return true;
}

void World::deliver(const Datagram& datagram)
{
	for (auto* host : {&alice, &bob})
	{
		auto target = datagram.target;
		if (host->nat && target.sameAddress(host->nat->address))
		{
			const auto inside = host->nat->inward(target, datagram.source);
			if (!inside)
				return;
			target = *inside;
		}
		else if (host->nat)
			continue;
		for (const auto& port : host->ports)
			for (const auto& address : host->addresses[port.get()])
				if (address == target)
				{
					host->agent().onDatagram(datagram.bytes, {port.get(), address, datagram.source}, now);
					drain();
					return;
				}
	}
}

void World::drain()
{
	drain(alice);
	drain(bob);
}

void World::drain(Host& host)
{
	while (const auto outgoing = host.agent().pollTransmit())
	{
		const auto& path = outgoing->path;
		const auto& own = host.addresses[path.port];
		if (own.empty())
			continue; // the host has lost the address
		Datagram datagram{path.local.valid() ? path.local : own.front(), path.remote,
			Buffer(outgoing->datagram.begin(), outgoing->datagram.end())};
		++host.sent;
		++host.sentTo[path.remote];
		if (host.nat && !other(host).ports.empty())
			datagram.source = host.nat->outward(datagram.source, path.remote);
		if (passes(datagram))
			_flying.push({now + delay, ++_order, std::move(datagram)});
	}
	while (const auto event = host.agent().pollEvent())
	{
		host.events.push_back(*event);
		host.times.push_back(now);
	}
	while (const auto probe = host.agent().pollProbe())
		host.probes.push_back(*probe);
}

}
