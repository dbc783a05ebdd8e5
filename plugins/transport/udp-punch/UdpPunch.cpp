// Life, configuration and the node's side; see UdpPunchServing.cpp for the sockets' and the links' side.
#include "plugins/transport/udp-punch/UdpPunch.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "node/api/Log.h"

namespace gimlet::udp_punch
{

namespace
{

/// Candidates of the port that discovery found; more than a few servers agree upon none.
constexpr std::size_t MAX_FOUND = 8;

void systemRandom(std::span<std::uint8_t> bytes)
{
	if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
		throw std::runtime_error{"OpenSSL has no random numbers"};
}

std::uint32_t randomTag()
{
	std::array<std::uint8_t, 4> bytes{};
	systemRandom(bytes);
	return static_cast<std::uint32_t>(bytes[0]) << 24U | static_cast<std::uint32_t>(bytes[1]) << 16U |
		   static_cast<std::uint32_t>(bytes[2]) << 8U | bytes[3];
}

}

UdpPunch::UdpPunch(Context& context) : _context(context), _metrics(context.metrics()) {}

UdpPunch::~UdpPunch() = default;

void UdpPunch::configure(const Settings& settings, Problems& problems)
{
	_listen = settings.endpoint("listen");
	_listenGiven = settings.given("listen");
	const auto& range = settings.text("port_range");
	_ports = parsePortRange(range);
	if (!_ports && !range.empty())
		problems.add(settings.section(), "port_range",
			fmt::format("\"{}\" is no range of at most {} ports: write 40000-40100", range, PortRange::MOST));
	const auto interfaces = settings.list("interfaces");
	if (const auto problem = InterfaceFilter::problemOf(interfaces); !problem.empty())
		problems.add(settings.section(), "interfaces", problem);
	_interfaces = InterfaceFilter{interfaces};
	_ipv6 = settings.boolean("ipv6");
	if (!_ipv6 && _listen.endpoint && _listen.endpoint->isV6())
		problems.add(settings.section(), "ipv6", "is off, but listen is an address of IPv6");
	else if (!_ipv6 && !_listen.endpoint)
		_listen.endpoint = Endpoint::any(AF_INET, _listen.port);
	_acceptUnsigned = settings.boolean("accept_unsigned");
	_maxMessage = settings.bytes("max_message");
	_consent = settings.seconds("consent");
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
	_context.transportHost().portOpened(*this, *_port);
}

std::unique_ptr<PunchPort> UdpPunch::openAt(const ListenAddress& address)
{
	return std::make_unique<PunchPort>(
		_context.loop(), address, [this](ByteView datagram, const Path& path) { received(datagram, path); });
}

std::unique_ptr<PunchPort> UdpPunch::open()
{
	try
	{
		return _ports
				   ? openFirstFree(_listen, *_ports, [this](const ListenAddress& at) { return openAt(at); })
				   : openAt(_listen);
	}
	catch (const std::system_error& error)
	{
		const bool taken = error.code() == std::errc::address_in_use;
		if (taken && _ports)
			throw PluginError(
				fmt::format("all UDP ports from {} to {} are taken; set [udp-punch] port_range to others",
					_ports->first, _ports->last));
		if (!taken || _listenGiven)
			throw PluginError(fmt::format("{}{}", error.what(),
				taken ? "; set [udp-punch] listen (or INTERNAL_UDP_PORT) to a free port, or to 0 for any"
					  : ""));
	}
	try
	{
		return openAt(withPort(_listen, 0));
	}
	catch (const std::system_error& error)
	{
		throw PluginError(error.what());
	}
}

void UdpPunch::stop()
{
	_lookups.clear();
	for (auto& [peer, entry] : _links)
	{
		entry.link->close();
		_metrics.vanished(entry.counted);
		_router.remove(entry.tag);
	}
	_links.clear();
	_found.clear();
	if (_port)
	{
		_port->flush();
		_context.transportHost().portClosed(*this, *_port);
	}
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
	link->offered({.session = offer.session, .room = offer.room});
}

UdpPunch::Entry& UdpPunch::create(const PeerOffer& offer)
{
	const auto tag = _router.freeTag(randomTag());
	PunchLink::Configuration configuration;
	configuration.own = _context.transportHost().ownId();
	configuration.peer = offer.peer;
	configuration.identity = &_context.identity();
	configuration.certificate = _certificate;
	configuration.engine = _engine;
	configuration.random = systemRandom;
	configuration.tag = tag;
	configuration.ufragHead = LinkRouter::ufragHead(tag);
	configuration.allowLoopback = offer.overLoopback;
	configuration.acceptUnsigned = _acceptUnsigned;
	configuration.maxMessage = _maxMessage;
	configuration.consentExpiry = _consent;
	auto& entry = _links[offer.peer];
	entry.tag = tag;
	entry.link = std::make_shared<PunchLink>(
		_context.loop(), std::move(configuration), static_cast<PunchLink::Host&>(*this));
	_router.add(tag, offer.peer);
	_metrics.appeared(entry.counted);
	offerAddresses(*entry.link, offer.overLoopback);
	return entry;
}

/// Host candidates of the port's address or, where it has them all, of the machine's best; and what discovery
/// found.
void UdpPunch::offerAddresses(PunchLink& link, bool overLoopback)
{
	const auto bound = _port->localEndpoint();
	const HostChoice choice{
		.ipv4 = _port->supports(AF_INET), .ipv6 = _port->supports(AF_INET6), .loopback = overLoopback};
	const auto addresses =
		bound.isUnspecified()
			? chooseHostAddresses(interfaceAddresses(), _interfaces, choice)
			: chooseHostAddresses({{.interface = "", .address = bound}}, InterfaceFilter{}, choice);
	for (const auto& address : addresses)
	{
		const auto endpoint = address.withPort(bound.port());
		link.addLocal({.type = CandidateType::Host,
			.endpoint = endpoint,
			.base = endpoint,
			.port = _port.get(),
			.source = "interface"});
	}
	for (const auto& candidate : _found)
		link.addLocal(candidate);
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

void UdpPunch::candidateFound(const Candidate& candidate)
{
	if (candidate.port != _port.get() || candidate.type == CandidateType::Host)
		return;
	if (_found.size() >= MAX_FOUND)
		_found.erase(_found.begin());
	_found.push_back(candidate);
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
		entry.link->addLocal(candidate);
}

void UdpPunch::candidateLost(const Candidate& candidate)
{
	std::erase_if(
		_found, [&candidate](const Candidate& found) { return found.endpoint == candidate.endpoint; });
	const auto links = _links;
	for (const auto& [peer, entry] : links)
		entry.link->removeLocal(candidate);
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
	_links.erase(found);
	link->close();
	// Perhaps one of its own calls has led here: it goes when that has returned.
	_context.loop().post([link] {});
}

std::shared_ptr<PunchLink> UdpPunch::find(const PeerId& peer) const
{
	const auto found = _links.find(peer);
	return found == _links.end() ? nullptr : found->second.link;
}

}
