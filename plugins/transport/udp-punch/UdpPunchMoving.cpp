// From one port to a fresh one, before the NAT ends the mapping of the first; see UdpPunch.cpp for the rest.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "node/api/Log.h"
#include "plugins/transport/udp-punch/UdpPunch.h"

namespace gimlet::udp_punch
{

namespace
{

/// What gathering, telling and checking take, with all that may have to be repeated.
constexpr auto LEAVING = std::chrono::seconds{8};

/// A path by the old port that is the only one is kept so long: as long as most NATs would.
constexpr auto LONGEST_LEAVING = std::chrono::minutes{5};

/// Discovery asks every 20 s, and at once when a peer has said so.
constexpr auto CONFIRMED_WITHIN = std::chrono::seconds{25};

/// Between two fresh ports for links that are stuck; what a router took amiss it forgets after 30 s.
constexpr auto FRESH_PAUSE = std::chrono::seconds{60};

}

/// A peer's word alone teaches nothing: discovery has to see it too, before or after.
void UdpPunch::linkRebound(PunchLink&, Port& port)
{
	if (&port != _port.get())
		return;
	_reboundAt = _context.loop().now();
	_context.transportHost().refreshDiscoveries();
	rebound();
}

void UdpPunch::rebound()
{
	const auto apart = _reboundAt > _mappedAt ? _reboundAt - _mappedAt : _mappedAt - _reboundAt;
	if (_reboundAt == TimePoint{} || _mappedAt == TimePoint{} || apart > CONFIRMED_WITHIN)
		return;
	const bool known = _lifetime.lifetime().has_value();
	_lifetime.ended(std::min(_reboundAt, _mappedAt));
	_reboundAt = _mappedAt = {};
	if (const auto& lifetime = _lifetime.lifetime(); lifetime && !known && mayMove())
		logInformation(_context.logger(),
			fmt::format(
				"this network's NAT ends every mapping after {} s; links move to a fresh one before that",
				std::chrono::duration_cast<std::chrono::seconds>(*lifetime).count()));
	watchLifetime();
}

/// A port that somebody has asked for by its number is kept: a firewall or a router may know it.
bool UdpPunch::mayMove() const
{
	return _options.ports || !_options.listenGiven || _options.listen.port == 0;
}

void UdpPunch::watchLifetime()
{
	const auto leave = _lifetime.leaveAt();
	if (leave == NEVER || !_port || !mayMove())
		_move.cancel();
	else
		_move = _context.loop().at(leave, [this] { moveToFreshPort(false); });
}

/// Where discovery finds nothing, a fresh port finds no more.
bool UdpPunch::linkStuck(PunchLink& link)
{
	const bool seen = std::any_of(_found.begin(), _found.end(),
		[this](const Candidate& candidate)
		{ return candidate.port == _port.get() && candidate.type == CandidateType::ServerReflexive; });
	if (!seen || _oldPort || !mayMove() || _context.loop().now() < _freshAgain)
		return false;
	_freshAgain = _context.loop().now() + FRESH_PAUSE;
	logInformation(
		_context.logger(), fmt::format("no direct path to {} yet: a fresh port is tried", link.peer()));
	// Not inside the call of a link that it changes.
	_fresh = _context.loop().after(Duration::zero(),
		[this]
		{
			if (!_oldPort)
				moveToFreshPort(true);
		});
	return true;
}

/// The old port carries on until the links have found paths by the new one, or cannot in LONGEST_LEAVING.
/// @param careful The first checks by it shall spoil nothing on the other side; that costs half a second.
void UdpPunch::moveToFreshPort(bool careful)
{
	closeOldPort();
	std::unique_ptr<PunchPort> fresh;
	try
	{
		const auto at = [this](const ListenAddress& address)
		{ return openAt(address, PunchPort::Size::Full); };
		fresh = _options.ports ? openFirstFree(_options.listen, *_options.ports, at)
							   : at(withPort(_options.listen, 0));
	}
	catch (const std::system_error& error)
	{
		logWarning(_context.logger(), fmt::format("no fresh port can be had: {}", error.what()));
		_lifetime.began(_context.loop().now());
		return watchLifetime();
	}
	_oldPort = std::exchange(_port, std::move(fresh));
	_reboundAt = _mappedAt = {};
	_lifetime.began(_context.loop().now());
	for (auto& [peer, entry] : _links)
	{
		entry.told.clear(); // of the old port; they go with it
		if (careful)
			entry.link->carefulPort(*_port);
	}
	_context.transportHost().portOpened(*this, *_port);
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
	{
		if (const auto found = _links.find(peer); found != _links.end())
			offerAddresses(found->second);
		entry.link->retirePort(*_oldPort);
	}
	logInformation(_context.logger(),
		fmt::format("peers reach this node at UDP port {} now", _port->localEndpoint().port()));
	_metrics.freshPort();
	_leaveBy = _context.loop().now() + LONGEST_LEAVING;
	leaveOldPort();
	watchLifetime();
}

void UdpPunch::leaveOldPort()
{
	_leaving = _context.loop().after(LEAVING,
		[this]
		{
			if (usesOldPort() && _context.loop().now() < _leaveBy)
				leaveOldPort();
			else
				closeOldPort();
		});
}

bool UdpPunch::usesOldPort() const
{
	return std::any_of(_links.begin(), _links.end(),
		[this](const auto& entry)
		{
			const auto& pair = entry.second.link->agent().selected();
			return pair && pair->path.port == _oldPort.get();
		});
}

void UdpPunch::closeOldPort()
{
	_leaving.cancel();
	if (!_oldPort)
		return;
	_oldPort->flush();
	std::erase_if(_found, [this](const Candidate& candidate) { return candidate.port == _oldPort.get(); });
	const auto links = _links;
	for (const auto& [peer, entry] : links)
		entry.link->removePort(*_oldPort);
	_context.transportHost().portClosed(*this, *_oldPort);
	_oldPort.reset();
}

}
