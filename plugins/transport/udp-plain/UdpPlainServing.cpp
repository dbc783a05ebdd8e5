// What goes through the socket, and between the machines and the node; see UdpPlain.cpp for the rest.
#include "plugins/transport/udp-plain/UdpPlain.h"

#include <algorithm>
#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/CandidateSignal.h"

namespace gimlet::udp_plain
{

namespace
{

/// RFC 7983, section 7.
bool looksStun(ByteView datagram)
{
	return !datagram.empty() && datagram[0] <= 3;
}

}

UdpPlain::LinkPointer UdpPlain::find(const PeerId& peer) const
{
	const auto found = _links.find(peer);
	return found == _links.end() ? nullptr : found->second;
}

void UdpPlain::received(ByteView datagram, const Path& path)
{
	_metrics.received();
	if (looksStun(datagram))
	{
		if (!_context.transportHost().stunReceived(datagram, path, _context.loop().now()))
			_metrics.dropped(Drop::UnknownStun);
	}
	else if (chat::looksPlain(datagram))
		plainReceived(datagram, path.remote);
	else
		_metrics.dropped(Drop::NotPlain);
}

void UdpPlain::plainReceived(ByteView bytes, const Endpoint& remote)
{
	const auto datagram = chat::decode(bytes);
	if (!datagram)
	{
		_metrics.dropped(Drop::Malformed);
		return;
	}
	const auto link = ownerOf(*datagram, remote);
	if (!link || !link->machine.onDatagram(*datagram, bytes.size(), remote, _context.loop().now()))
	{
		_metrics.dropped(Drop::UnknownSender);
		logDebug(
			_context.logger(), "a datagram of {} that belongs to no peer was dropped", remote.toString());
		return;
	}
	_touched.insert(link->machine.peer());
}

/// The link that a datagram may belong to: by the id that it names, or else by where it came from.
UdpPlain::LinkPointer UdpPlain::ownerOf(const chat::Datagram& datagram, const Endpoint& remote) const
{
	if (!datagram.from.empty())
		return find(datagram.from);
	const auto found = std::find_if(
		_links.begin(), _links.end(), [&](const auto& entry) { return entry.second->machine.knows(remote); });
	return found == _links.end() ? nullptr : found->second;
}

void UdpPlain::drained()
{
	const auto touched = std::exchange(_touched, {});
	for (const auto& peer : touched)
		if (const auto link = find(peer))
			serve(peer, link);
}

/// Carries out what a machine wants: datagrams first, so that an acknowledgement waits for nobody.
void UdpPlain::serve(const PeerId& peer, const LinkPointer& link)
{
	auto& machine = link->machine;
	while (!link->ended)
	{
		if (machine.nextDeadline() <= _context.loop().now())
			machine.onTimer(_context.loop().now());
		while (const auto transmit = machine.pollTransmit())
			_metrics.sent(_port->send(asBytes(transmit->datagram), transmit->remote));
		count(*link);
		auto event = machine.pollEvent();
		if (!event)
			break;
		report(peer, *link, std::move(*event));
	}
	schedule();
}

void UdpPlain::report(const PeerId& peer, Link& link, PlainPeer::Event event)
{
	auto& host = _context.transportHost();
	switch (event.kind)
	{
	case PlainPeer::Event::Kind::StatusChanged:
		host.linkChanged(*this, peer, status(peer));
		break;
	case PlainPeer::Event::Kind::Received:
		_metrics.messageReceived();
		host.messageReceived(*this, peer, event.message);
		break;
	case PlainPeer::Event::Kind::Acknowledged:
		host.messageAcknowledged(*this, peer, event.message.id);
		break;
	case PlainPeer::Event::Kind::Writable:
		host.writable(*this, peer);
		break;
	case PlainPeer::Event::Kind::SignalWanted:
		sendSignal(peer, link, event.wantsAnswer);
		break;
	}
}

void UdpPlain::sendSignal(const PeerId& peer, const Link& link, bool wantsAnswer)
{
	CandidateSignal signal{.candidates = _reflexive, .again = wantsAnswer};
	if (_shareHostAddresses)
		for (const auto& address : hostCandidates(_port->localEndpoint(), hostAddresses()))
			signal.candidates.push_back(address);
	if (signal.candidates.empty() && !wantsAnswer)
		return;
	if (!_context.transportHost().signal(*this, peer, link.session, encode(signal)))
		logDebug(_context.logger(), "the rendezvous is away: {} is not told our addresses now", peer);
}

void UdpPlain::count(Link& link)
{
	const auto& counters = link.machine.counters();
	_metrics.add(link.countedBefore, counters);
	link.countedBefore = counters;
	if (link.counted != link.machine.state())
		_metrics.moved(link.counted, link.machine.state());
	link.counted = link.machine.state();
}

void UdpPlain::onTimer()
{
	_timerAt = NEVER;
	const auto links = _links; // events may change the map
	for (const auto& [peer, link] : links)
		if (link->machine.nextDeadline() <= _context.loop().now())
			serve(peer, link);
	schedule();
}

/// One timer for all links, at the earliest of their deadlines.
void UdpPlain::schedule()
{
	auto earliest = NEVER;
	for (const auto& [peer, link] : _links)
		earliest = std::min(earliest, link->machine.nextDeadline());
	if (earliest == _timerAt)
		return;
	_timerAt = earliest;
	if (earliest == NEVER)
		_timer.cancel();
	else
		_timer = _context.loop().at(earliest, [this] { onTimer(); });
}

}
