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

/// Between two fresh ports for links that are stuck; what a router took amiss it forgets after 30 s.
constexpr auto FRESH_PAUSE = std::chrono::seconds{60};

}

void UdpPunch::linkRebound(PunchLink&, Port& port)
{
	if (&port != _port.get())
		return;
	const bool known = _lifetime.lifetime().has_value();
	_lifetime.ended(_context.loop().now());
	if (const auto& lifetime = _lifetime.lifetime(); lifetime && !known)
		logInformation(_context.logger(),
			fmt::format(
				"this network's NAT ends every mapping after {} s; links move to a fresh one before that",
				std::chrono::duration_cast<std::chrono::seconds>(*lifetime).count()));
	watchLifetime();
}

void UdpPunch::watchLifetime()
{
	const auto leave = _lifetime.leaveAt();
	if (leave == NEVER || !_port)
		_move.cancel();
	else
		_move = _context.loop().at(leave, [this] { moveToFreshPort(); });
}

/// Where discovery finds nothing, a fresh port finds no more. Other links move along, and notice nothing.
void UdpPunch::linkStuck(PunchLink& link)
{
	const bool seen = std::any_of(_found.begin(), _found.end(),
		[this](const Candidate& candidate)
		{ return candidate.port == _port.get() && candidate.type == CandidateType::ServerReflexive; });
	if (!seen || _oldPort || _context.loop().now() < _freshAgain)
		return;
	_freshAgain = _context.loop().now() + FRESH_PAUSE;
	logDebug(_context.logger(), "no direct path to {}: a fresh port is tried", link.peer());
	// Not inside the call of a link that it changes.
	_fresh = _context.loop().after(Duration::zero(), [this] { moveToFreshPort(); });
}

/// The old port carries on until the links have found paths by the new one.
void UdpPunch::moveToFreshPort()
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
	_lifetime.began(_context.loop().now());
	_context.transportHost().portOpened(*this, *_port);
	for (auto& [peer, entry] : _links)
		entry.told.clear();    // of the old port; they go with it
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
	{
		if (const auto found = _links.find(peer); found != _links.end())
			offerAddresses(found->second);
		entry.link->retirePort(*_oldPort);
	}
	_leaving = _context.loop().after(LEAVING, [this] { closeOldPort(); });
	watchLifetime();
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
