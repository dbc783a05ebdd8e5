#include "plugins/discovery/stun/GatherMachine.h"

#include <algorithm>

#include "plugins/discovery/stun/MappedAddress.h"

namespace gimlet::stun_discovery
{

GatherMachine::GatherMachine(const std::vector<int>& families, std::uint16_t localPort,
	const std::vector<std::string>& servers, const Timing& timing, const Random& random, TimePoint now) :
	_gathering(timing.gathering),
	_now(now),
	_gatheringEnds(now + timing.gathering),
	_roundEnds(_gatheringEnds),
	_patienceEnds(now + timing.patience)
{
	for (const int family : families)
	{
		_sides.push_back(
			{family, Lane{family, timing, random}, BehaviourMachine{family, localPort, timing, random}});
		_sides.back().lane.setServers(servers);
	}
	update(now);
}

void GatherMachine::reconfigure(const std::vector<std::string>& servers, Duration refresh, TimePoint now)
{
	for (auto& side : _sides)
	{
		side.lane.setServers(servers);
		side.lane.setRefresh(refresh);
	}
	restart(now);
}

void GatherMachine::resolved(const std::string& server, const std::vector<Endpoint>& addresses, TimePoint now)
{
	for (auto& side : _sides)
		side.lane.resolved(server, addresses, now);
	update(now);
}

void GatherMachine::restart(TimePoint now)
{
	_roundEnds = now + _gathering;
	for (auto& side : _sides)
	{
		side.lane.restart(now);
		side.behaviour.mayHaveMoved();
		side.due = true;
		side.answered = false;
	}
	update(now);
}

std::optional<Endpoint> GatherMachine::sampleServer() const
{
	for (const auto& side : _sides)
		if (const auto server = side.behaviour.sampleServer())
			return server;
	return std::nullopt;
}

void GatherMachine::sampled(const FreshLook& look, const Endpoint& mapped, TimePoint now)
{
	for (auto& side : _sides)
		if (side.family == look.server().family())
			side.behaviour.sampled(look, mapped);
	update(now);
}

bool GatherMachine::onDatagram(ByteView datagram, const Endpoint& source, TimePoint now)
{
	const auto message = stun::MessageView::parse(datagram);
	if (!message)
		return false;
	for (auto& side : _sides)
	{
		const bool ofLane = side.lane.onResponse(*message, source, now);
		if (!ofLane && !side.behaviour.onDatagram(*message, source, now))
			continue;
		if (const auto mapped = mappedAddress(*message, side.family); ofLane && mapped)
		{
			side.answered = true;
			side.behaviour.answered(source, *mapped, message->address(stun::attribute::OTHER_ADDRESS), now);
		}
		update(now);
		return true;
	}
	return false;
}

void GatherMachine::onTimer(TimePoint now)
{
	for (auto& side : _sides)
	{
		side.lane.onTimer(now);
		side.behaviour.onTimer(now);
	}
	update(now);
}

void GatherMachine::update(TimePoint now)
{
	_now = now;
	for (auto& side : _sides)
		while (auto event = side.lane.pollEvent())
			if (!std::holds_alternative<Health>(*event)) // told below, for all lanes together
				_events.push_back(std::move(*event));
	updateMapping();
	updateHealth(now);
	const bool settled =
		std::all_of(_sides.begin(), _sides.end(), [](const auto& side) { return side.lane.settled(); });
	if (!_done && (settled || now >= _gatheringEnds))
	{
		_done = true;
		_events.emplace_back(Done{});
	}
	for (auto& side : _sides)
		updateBehaviour(side, now);
}

/// It waits for the end of the round, so that gathering waits for nothing of it.
void GatherMachine::updateBehaviour(Side& side, TimePoint now)
{
	if (side.behaviour.pollChange())
		_events.emplace_back(Behaviour{side.family, side.behaviour.behaviour(), side.behaviour.complete()});
	const bool over = _done && (side.lane.settled() || now >= _roundEnds);
	if (!side.due || !side.answered || !over || !side.behaviour.idle())
		return;
	side.due = false;
	side.behaviour.setSpares(side.lane.spares());
	side.behaviour.begin(now);
	if (side.behaviour.pollChange())
		_events.emplace_back(Behaviour{side.family, side.behaviour.behaviour(), side.behaviour.complete()});
}

const NatBehaviour& GatherMachine::nat() const
{
	static const NatBehaviour nothing{};
	for (const auto& side : _sides) // IPv4 comes first
		if (side.behaviour.behaviour().address.valid())
			return side.behaviour.behaviour();
	return nothing;
}

void GatherMachine::updateHealth(TimePoint now)
{
	const auto says = [this](bool answered)
	{
		return std::any_of(
			_sides.begin(), _sides.end(), [&](const auto& side) { return side.lane.answered() == answered; });
	};
	std::optional<bool> answered;
	if (says(true))
		answered = true;
	else if (now >= _patienceEnds)
		answered = false; // also when no name could be resolved, and so nobody was asked
	if (!answered || answered == _answered)
		return;
	_answered = answered;
	_events.emplace_back(Health{*answered});
}

void GatherMachine::updateMapping()
{
	Mapping found;
	for (const auto& side : _sides)
		if (const auto mapping = side.lane.mapping(); mapping.behaviour > found.behaviour)
			found = mapping; // the worst that any family meets
	if (found.behaviour == MappingBehaviour::Unknown || found.behaviour == _behaviour)
		return;
	_behaviour = found.behaviour;
	_events.emplace_back(std::move(found));
}

std::optional<Transmit> GatherMachine::pollTransmit()
{
	for (auto& side : _sides)
	{
		if (const auto transmit = side.lane.pollTransmit())
		{
			side.behaviour.asked(transmit->server, _now);
			return transmit;
		}
		if (const auto transmit = side.behaviour.pollTransmit(_now))
			return transmit;
	}
	return std::nullopt;
}

std::optional<Event> GatherMachine::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

TimePoint GatherMachine::nextDeadline() const
{
	auto deadline = _done ? NEVER : _gatheringEnds;
	if (!_answered)
		deadline = std::min(deadline, _patienceEnds);
	for (const auto& side : _sides)
	{
		deadline = std::min({deadline, side.lane.nextDeadline(), side.behaviour.nextDeadline()});
		if (side.due && side.answered && side.behaviour.idle())
			deadline = std::min(deadline, _roundEnds);
	}
	return deadline;
}

}
