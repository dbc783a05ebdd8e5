#include "plugins/transport/udp-plain/UdpPlain.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

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
		link->machine.sayGoodbye(_context.loop().now());
		while (const auto transmit = link->machine.pollTransmit())
			_metrics.sent(_port->send(asBytes(transmit->datagram), transmit->remote));
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

}
