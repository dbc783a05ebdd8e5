#include "plugins/transport/udp-plain/UdpPlain.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"
#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/CandidateSignal.h"

namespace gimlet::udp_plain
{

namespace
{

WallTime wallNow()
{
	return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

/// Addresses of this port that discovery found and that peers are told; more than a few servers agree upon
/// none.
constexpr std::size_t MAX_REFLEXIVE = 8;

/// RFC 7983, section 7.
bool looksStun(ByteView datagram)
{
	return !datagram.empty() && datagram[0] <= 3;
}

}

UdpPlain::UdpPlain(Context& context) : _context(context), _metrics(context.metrics()) {}

UdpPlain::~UdpPlain() = default;

void UdpPlain::configure(const Settings& settings, Problems& problems)
{
	_listen = settings.endpoint("listen");
	_listenGiven = settings.given("listen");
	_keepalive = settings.seconds("keepalive");
	_lostAfter = settings.seconds("lost_after");
	_shareHostAddresses = settings.boolean("share_host_addresses");
	if (_lostAfter <= _keepalive)
		problems.add(settings.section(), "lost_after",
			"must be longer than keepalive, or every quiet link is lost between two of them");
}

void UdpPlain::start()
{
	_port = open();
	auto& logger = _context.logger();
	logInformation(
		logger, fmt::format("peers reach this node at UDP port {}", _port->localEndpoint().port()));
	logWarning(logger,
		"messages travel as plain text: whoever sees the datagrams on their way can read and change them");
	_context.transportHost().portOpened(*this, *_port);
}

std::unique_ptr<UdpPort> UdpPlain::open()
{
	const auto openAt = [this](const ListenAddress& address)
	{
		return std::make_unique<UdpPort>(
			_context.loop(), address,
			[this](ByteView datagram, const Path& path) { received(datagram, path); }, [this] { drained(); });
	};
	try
	{
		return openAt(_listen);
	}
	catch (const std::system_error& error)
	{
		const bool taken = error.code() == std::errc::address_in_use;
		if (!taken || _listenGiven)
			throw PluginError(fmt::format("{}{}", error.what(),
				taken ? "; set [udp-plain] listen (or INTERNAL_UDP_PORT) to a free port, or to 0 for any"
					  : ""));
	}
	auto any = _listen;
	any.port = 0;
	if (any.endpoint)
		any.endpoint = any.endpoint->withPort(0);
	try
	{
		return openAt(any);
	}
	catch (const std::system_error& error)
	{
		throw PluginError(error.what());
	}
}

void UdpPlain::stop()
{
	_timer.cancel();
	_timerAt = NEVER;
	for (auto& [peer, link] : _links)
	{
		link->ended = true;
		_metrics.vanished(link->counted);
	}
	_links.clear();
	_touched.clear();
	_reflexive.clear();
	if (_port)
		_context.transportHost().portClosed(*this, *_port);
	_port.reset();
}

std::size_t UdpPlain::maxMessage() const
{
	return chat::maxContent();
}

std::string UdpPlain::tooLarge(const PeerId&, const ChatMessage& message) const
{
	return chat::tooLarge(_context.transportHost().ownId(), message);
}

void UdpPlain::connect(const PeerOffer& offer)
{
	auto& host = _context.transportHost();
	if (!_port || offer.peer == host.ownId() || !host.mayLink(offer.peer))
		return;
	auto& link = _links[offer.peer];
	if (!link)
	{
		link = std::make_shared<Link>(
			PlainPeer::Configuration{
				.own = host.ownId(), .peer = offer.peer, .keepalive = _keepalive, .lostAfter = _lostAfter},
			_limiter);
		_metrics.appeared(link->counted);
	}
	link->session = offer.session;
	link->machine.onOffer(
		{.endpoint = offer.endpoint, .ours = offer.ours, .overLoopback = offer.overLoopback},
		_context.loop().now());
	serve(offer.peer, link);
}

void UdpPlain::signalReceived(const PeerId& peer, const std::string&, const std::string& data)
{
	const auto link = find(peer);
	const auto signal = decodeCandidateSignal(data);
	if (!link || !signal)
	{
		_metrics.badSignal();
		return;
	}
	link->machine.onCandidates(signal->candidates, signal->again, _context.loop().now());
	serve(peer, link);
}

void UdpPlain::peerLeft(const PeerId& peer)
{
	if (const auto link = find(peer))
	{
		link->machine.onPeerLeft(_context.loop().now());
		serve(peer, link);
	}
}

void UdpPlain::candidateFound(const Candidate& candidate)
{
	if (candidate.port != _port.get() || candidate.type == CandidateType::Host)
		return;
	if (_reflexive.size() >= MAX_REFLEXIVE)
		_reflexive.erase(_reflexive.begin());
	_reflexive.push_back(candidate.endpoint);
	addressesChanged();
}

void UdpPlain::candidateLost(const Candidate& candidate)
{
	// Peers need not know: the address that takes its place is told to them, and this one falls silent.
	std::erase(_reflexive, candidate.endpoint);
}

void UdpPlain::addressesChanged()
{
	const auto links = _links; // events may change the map
	for (const auto& [peer, link] : links)
	{
		link->machine.onOwnAddressesChanged(_context.loop().now());
		serve(peer, link);
	}
}

SendResult UdpPlain::send(const PeerId& peer, const ChatMessage& message)
{
	const auto link = find(peer);
	if (!link)
		return SendResult::NotLinked;
	const auto result = link->machine.send(message, _context.loop().now());
	if (result == SendResult::Sent)
		_metrics.messageSent();
	serve(peer, link);
	return result;
}

LinkStatus UdpPlain::status(const PeerId& peer) const
{
	const auto link = find(peer);
	if (!link)
		return {};
	auto status = link->machine.status(_context.loop().now(), wallNow());
	if (_port)
		status.local = _port->localEndpoint();
	return status;
}

void UdpPlain::disconnect(const PeerId& peer)
{
	const auto found = _links.find(peer);
	if (found == _links.end())
		return;
	found->second->ended = true;
	_metrics.vanished(found->second->counted);
	_links.erase(found);
	schedule();
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
