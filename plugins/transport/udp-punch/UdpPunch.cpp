// Life, configuration and the node's side; see UdpPunchServing.cpp for the sockets' and the links' side.
#include "plugins/transport/udp-punch/UdpPunch.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "node/api/Log.h"
#include "node/protocol/random/Random.h"

namespace gimlet::udp_punch
{

UdpPunch::UdpPunch(Context& context) : _context(context), _metrics(context.metrics()) {}

UdpPunch::~UdpPunch() = default;

void UdpPunch::configure(const Settings& settings, Problems& problems)
{
	_options.listen = settings.endpoint("listen");
	_options.listenGiven = settings.given("listen");
	const auto& range = settings.text("port_range");
	_options.ports = parsePortRange(range);
	if (!_options.ports && !range.empty())
		problems.add(settings.section(), "port_range",
			fmt::format("\"{}\" is no range of at most {} ports: write 40000-40100", range, PortRange::MOST));
	const auto interfaces = settings.list("interfaces");
	if (const auto problem = InterfaceFilter::problemOf(interfaces); !problem.empty())
		problems.add(settings.section(), "interfaces", problem);
	else
		_options.interfaces = InterfaceFilter{interfaces};
	const bool ipv6 = settings.boolean("ipv6");
	auto& listen = _options.listen;
	if (!ipv6 && listen.endpoint && listen.endpoint->isV6())
		problems.add(settings.section(), "ipv6", "is off, but listen is an address of IPv6");
	else if (!ipv6 && !listen.endpoint)
		listen.endpoint = Endpoint::any(AF_INET, listen.port);
	_options.acceptUnsigned = settings.boolean("accept_unsigned");
	_options.maxMessage = settings.bytes("max_message");
	_options.streams = static_cast<std::uint16_t>(settings.integer("streams"));
	_options.buffer = settings.bytes("buffer");
	_options.keepalive = settings.seconds("keepalive");
	_options.consent = settings.seconds("consent");
	_options.punch = {.sockets = static_cast<std::size_t>(settings.integer("punch_sockets")),
		.probes = static_cast<std::size_t>(settings.integer("punch_probes")),
		.rate = static_cast<unsigned>(settings.integer("punch_rate"))};
	if (_options.consent <= _options.keepalive)
		problems.add(
			settings.section(), "consent", "must be longer than keepalive, or every quiet path is given up");
}

void UdpPunch::start()
{
	try
	{
		_certificate = dtls::Certificate::make();
		_engine = sctp::Engine::shared();
	}
	catch (const std::runtime_error& error)
	{
		throw PluginError(error.what());
	}
	_port = open();
	logInformation(_context.logger(),
		fmt::format("peers reach this node at UDP port {}, encrypted", _port->localEndpoint().port()));
	_lifetime.began(_context.loop().now());
	_context.transportHost().portOpened(*this, *_port);
}

std::unique_ptr<PunchPort> UdpPunch::openAt(const ListenAddress& address, PunchPort::Size size)
{
	return std::make_unique<PunchPort>(
		_context.loop(), address, [this](ByteView datagram, const Path& path) { received(datagram, path); },
		size);
}

std::unique_ptr<PunchPort> UdpPunch::open()
{
	const auto at = [this](const ListenAddress& address) { return openAt(address, PunchPort::Size::Full); };
	try
	{
		return _options.ports ? openFirstFree(_options.listen, *_options.ports, at) : at(_options.listen);
	}
	catch (const std::system_error& error)
	{
		const bool taken = error.code() == std::errc::address_in_use;
		if (taken && _options.ports)
			throw PluginError(
				fmt::format("all UDP ports from {} to {} are taken; set [udp-punch] port_range to others",
					_options.ports->first, _options.ports->last));
		if (!taken || _options.listenGiven)
			throw PluginError(fmt::format("{}{}", error.what(),
				taken ? "; set [udp-punch] listen (or INTERNAL_UDP_PORT) to a free port, or to 0 for any"
					  : ""));
	}
	try
	{
		return at(withPort(_options.listen, 0));
	}
	catch (const std::system_error& error)
	{
		throw PluginError(error.what());
	}
}

void UdpPunch::stop()
{
	_move.cancel();
	_leaving.cancel();
	_fresh.cancel();
	_lookups.clear();
	for (auto& [peer, entry] : _links)
	{
		entry.link->close();
		for (const auto& port : entry.shotPorts)
			port->flush();
		_metrics.vanished(entry.counted);
		_router.remove(entry.tag);
	}
	_links.clear();
	_found.clear();
	_punching.reset();
	_offeredPorts.clear();
	if (_oldPort)
	{
		_oldPort->flush();
		_context.transportHost().portClosed(*this, *_oldPort);
	}
	if (_port)
	{
		_port->flush();
		_context.transportHost().portClosed(*this, *_port);
	}
	_oldPort.reset();
	_port.reset();
	_engine.reset();
	_certificate.reset();
}

std::size_t UdpPunch::maxMessage() const
{
	return chat::maxContent();
}

std::string UdpPunch::tooLarge(const PeerId& peer, const ChatMessage& message) const
{
	const auto link = find(peer);
	return chat::tooLarge(message, link ? link->chat().maxMessage() : chat::MAX_SENT);
}

void UdpPunch::connect(const PeerOffer& offer)
{
	const auto& host = _context.transportHost();
	if (!_port || offer.peer == host.ownId() || !host.mayLink(offer.peer))
		return;
	const auto known = find(offer.peer);
	const auto link = known ? known : create(offer).link;
	const auto found = _links.find(offer.peer);
	if (found == _links.end())
		return;
	found->second.seen = offer.seen;
	if (knownToPunch(found->second))
		link->expectPunch();
	link->offered({.session = offer.session, .room = offer.room, .seen = offer.seen});
}

UdpPunch::Entry& UdpPunch::create(const PeerOffer& offer)
{
	const auto tag = _router.freeTag(randomValue<std::uint32_t>());
	auto& entry = _links[offer.peer];
	entry.tag = tag;
	entry.overLoopback = offer.overLoopback;
	entry.link = std::make_shared<PunchLink>(
		_context.loop(), linkConfiguration(offer, tag), static_cast<PunchLink::Host&>(*this));
	_router.add(tag, offer.peer);
	_metrics.appeared(entry.counted);
	offerAddresses(entry);
	for (const auto& candidate : _found)
		if (uses(candidate.port))
			entry.link->addLocal(candidate);
	entry.link->natBehaviour(_nat);
	return entry;
}

PunchLink::Configuration UdpPunch::linkConfiguration(const PeerOffer& offer, std::uint32_t tag)
{
	PunchLink::Configuration configuration;
	configuration.own = _context.transportHost().ownId();
	configuration.peer = offer.peer;
	configuration.identity = &_context.identity();
	configuration.certificate = _certificate;
	configuration.engine = _engine;
	configuration.random = randomBytes;
	configuration.tag = tag;
	configuration.ufragHead = LinkRouter::ufragHead(tag);
	configuration.allowLoopback = offer.overLoopback;
	configuration.acceptUnsigned = _options.acceptUnsigned;
	configuration.maxMessage = _options.maxMessage;
	configuration.streams = _options.streams;
	configuration.buffer = _options.buffer;
	configuration.keepalive = _options.keepalive;
	configuration.consentExpiry = _options.consent;
	configuration.punch = _options.punch;
	return configuration;
}

void UdpPunch::signalReceived(const PeerId& peer, const std::string& session, const std::string& data)
{
	if (const auto link = find(peer))
		link->signalReceived(session, data);
	else
		_metrics.badSignal();
}

void UdpPunch::peerLeft(const PeerId& peer)
{
	if (const auto link = find(peer))
		link->peerLeft();
}

SendResult UdpPunch::send(const PeerId& peer, const ChatMessage& message)
{
	const auto link = find(peer);
	if (!link)
		return SendResult::NotLinked;
	const auto result = link->send(message);
	if (result == SendResult::Sent)
		_metrics.messageSent();
	return result;
}

Channel* UdpPunch::openChannel(const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer)
{
	const auto link = find(peer);
	return link ? link->open(options, observer) : nullptr;
}

LinkStatus UdpPunch::status(const PeerId& peer) const
{
	const auto link = find(peer);
	return link ? link->status() : LinkStatus{};
}

void UdpPunch::disconnect(const PeerId& peer)
{
	const auto found = _links.find(peer);
	if (found == _links.end())
		return;
	const auto link = found->second.link;
	_metrics.vanished(found->second.counted);
	_router.remove(found->second.tag);
	if (_punching == peer)
		_punching.reset();
	const auto ports =
		std::make_shared<std::vector<std::shared_ptr<PunchPort>>>(std::move(found->second.shotPorts));
	_links.erase(found);
	link->close();
	// Perhaps one of its own calls has led here: it goes when that has returned.
	_context.loop().post([link, ports] {});
}

std::shared_ptr<PunchLink> UdpPunch::find(const PeerId& peer) const
{
	const auto found = _links.find(peer);
	return found == _links.end() ? nullptr : found->second.link;
}

}
