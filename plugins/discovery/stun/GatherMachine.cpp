#include "plugins/discovery/stun/GatherMachine.h"

#include <algorithm>

namespace gimlet::stun_discovery
{

GatherMachine::GatherMachine(const std::vector<int>& families, const std::vector<std::string>& servers,
	const Timing& timing, const Random& random, TimePoint now) :
	_gatheringEnds(now + timing.gathering), _patienceEnds(now + timing.patience)
{
	for (const int family : families)
	{
		_lanes.emplace_back(family, timing, random);
		_lanes.back().setServers(servers);
	}
	update(now);
}

void GatherMachine::reconfigure(const std::vector<std::string>& servers, Duration refresh, TimePoint now)
{
	for (auto& lane : _lanes)
	{
		lane.setServers(servers);
		lane.setRefresh(refresh);
	}
	restart(now);
}

void GatherMachine::resolved(const std::string& server, const std::vector<Endpoint>& addresses, TimePoint now)
{
	for (auto& lane : _lanes)
		lane.resolved(server, addresses, now);
	update(now);
}

void GatherMachine::restart(TimePoint now)
{
	for (auto& lane : _lanes)
		lane.restart(now);
	update(now);
}

bool GatherMachine::onDatagram(ByteView datagram, const Endpoint& source, TimePoint now)
{
	const auto message = stun::MessageView::parse(datagram);
	if (!message)
		return false;
	const bool taken = std::any_of(
		_lanes.begin(), _lanes.end(), [&](auto& lane) { return lane.onResponse(*message, source, now); });
	if (taken)
		update(now);
	return taken;
}

void GatherMachine::onTimer(TimePoint now)
{
	for (auto& lane : _lanes)
		lane.onTimer(now);
	update(now);
}

void GatherMachine::update(TimePoint now)
{
	for (auto& lane : _lanes)
		while (auto event = lane.pollEvent())
			if (!std::holds_alternative<Health>(*event)) // told below, for all lanes together
				_events.push_back(std::move(*event));
	updateMapping();
	updateHealth(now);
	const bool settled =
		std::all_of(_lanes.begin(), _lanes.end(), [](const auto& lane) { return lane.settled(); });
	if (!_done && (settled || now >= _gatheringEnds))
	{
		_done = true;
		_events.emplace_back(Done{});
	}
}

void GatherMachine::updateHealth(TimePoint now)
{
	const auto says = [this](bool answered)
	{
		return std::any_of(
			_lanes.begin(), _lanes.end(), [&](const auto& lane) { return lane.answered() == answered; });
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
	for (const auto& lane : _lanes)
		if (const auto mapping = lane.mapping(); mapping.behaviour > found.behaviour)
			found = mapping; // the worst that any family meets
	if (found.behaviour == MappingBehaviour::Unknown || found.behaviour == _behaviour)
		return;
	_behaviour = found.behaviour;
	_events.emplace_back(std::move(found));
}

std::optional<Transmit> GatherMachine::pollTransmit()
{
	for (auto& lane : _lanes)
		if (const auto transmit = lane.pollTransmit())
			return transmit;
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
	for (const auto& lane : _lanes)
		deadline = std::min(deadline, lane.nextDeadline());
	return deadline;
}

}
