#include "plugins/discovery/port-mapping/PortMapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <random>
#include <system_error>
#include <utility>

#include "node/api/Log.h"
#include "plugins/discovery/port-mapping/Routers.h"

namespace gimlet::port_mapping
{

namespace
{

constexpr const char* TOPIC = "port-mapping";

/// How often the default route is looked at: reading it takes 20 us.
constexpr std::chrono::seconds GATEWAY_INTERVAL{5};

/// A transport has one port or two; routers have little room.
constexpr std::size_t MOST_PORTS = 4;

constexpr std::array ALL{Protocol::Pcp, Protocol::NatPmp, Protocol::Upnp};
constexpr std::array WORDS{"pcp", "nat-pmp", "upnp"};

pcp::Nonce randomNonce()
{
	pcp::Nonce nonce{};
	if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1)
		throw std::runtime_error("the system gives no random numbers");
	return nonce;
}

double chance()
{
	std::random_device device;
	return std::generate_canonical<double, 32>(device);
}

}

PortMapping::PortMapping(Context& context) : _context(context), _in(8, pcp::LARGEST) {}

PortMapping::~PortMapping()
{
	stop();
}

void PortMapping::configure(const Settings& settings, Problems& problems)
{
	_protocols.clear();
	for (const auto& word : settings.list("protocols"))
	{
		const auto* known = std::find(WORDS.begin(), WORDS.end(), word);
		if (known == WORDS.end())
			problems.add(settings.section(), "protocols",
				fmt::format("\"{}\" is none of {}", word, fmt::join(WORDS, ", ")));
		else if (const auto protocol = ALL[static_cast<std::size_t>(known - WORDS.begin())];
				 std::find(_protocols.begin(), _protocols.end(), protocol) == _protocols.end())
			_protocols.push_back(protocol);
	}
	_lifetime = std::chrono::duration_cast<std::chrono::seconds>(settings.seconds("lifetime"));
	const auto& gateway = settings.text("gateway");
	_givenGateway = Endpoint::parseAddress(gateway, 0);
	if (!gateway.empty() && (!_givenGateway || !_givenGateway->isV4() || _givenGateway->isMulticast()))
		problems.add(settings.section(), "gateway",
			fmt::format("\"{}\" is no address of IPv4: write one like 192.168.1.1, or nothing", gateway));
}

void PortMapping::start()
{
	auto& registry = _context.metrics();
	_mapped = &prometheus::BuildGauge()
				   .Name("gimlet_port_mapping_mapped")
				   .Help("Ports that the router forwards to this node.")
				   .Register(registry)
				   .Add({});
	const auto counter = [&registry](const char* name, const char* help)
	{ return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({}); };
	_requests = counter("gimlet_port_mapping_requests_total", "Requests to routers, of all protocols.");
	_refusals = counter(
		"gimlet_port_mapping_failures_total", "Protocols that were tried in vain: no answer, or a refusal.");
	_lost = counter("gimlet_port_mapping_lost_total", "Mappings that were lost, or changed their address.");
	_running = true;
	if (std::any_of(_protocols.begin(), _protocols.end(), [](Protocol one) { return one != Protocol::Pcp; }))
		_worker = std::make_unique<Worker>(
			_context.loop(), doJob, [this](const JobResult& result) { finished(result); });
	watchGateway();
}

void PortMapping::stop()
{
	if (!std::exchange(_running, false))
		return;
	_gatewayWatch.cancel();
	for (auto& [port, session] : _sessions)
		end(*session);
	_sessions.clear();
	_errands.clear();
	_worker.reset(); // waits for its deletions, not for long
	_socketWatch.cancel();
	_announcementWatch.cancel();
	_socket.close();
	_announcements.close();
	_gateway.reset();
	_asking = false;
	_mapped->Set(0);
}

void PortMapping::watchGateway()
{
	if (const auto now = findGateway(_givenGateway); now != _gateway)
		changeGateway(now);
	else if (!_gateway)
		reportAll(NetworkFact::Verdict::Unknown, "no router: there is no default route of IPv4");
	_gatewayWatch = _context.loop().after(GATEWAY_INTERVAL, [this] { watchGateway(); });
}

/// Another network: what the old router was asked for is nobody's business any more.
void PortMapping::changeGateway(const std::optional<Gateway>& gateway)
{
	for (auto& [port, session] : _sessions)
		end(*session);
	_sessions.clear();
	_gateway = gateway;
	_asking = _quiet = false;
	_socketWatch.cancel();
	_announcementWatch.cancel();
	_socket.close();
	_announcements.close();
	if (!_gateway)
		return reportAll(NetworkFact::Verdict::Unknown, "no router: there is no default route of IPv4");
	if (!_gateway->client.isPrivate())
		return reportAll(NetworkFact::Verdict::Unknown,
			fmt::format(
				"not needed: this machine's address {} is no private one", _gateway->client.addressString()));
	_asking = true;
	openSockets();
	for (auto* port : _ports)
		begin(*port);
}

void PortMapping::openSockets()
{
	try
	{
		_socket = UdpSocket{{.endpoint = _gateway->client, .port = 0}};
		_socketWatch = _context.loop().watch(
			_socket.descriptor(), EventLoop::READABLE, [this](unsigned) { received(_socket, false); });
		// All hosts are in that group; others on this machine may listen too.
		const auto group = *Endpoint::parse("224.0.0.1:5350");
		_announcements = UdpSocket{
			{.endpoint = group, .port = pcp::CLIENT_PORT}, UdpSocket::Options{.reuseAddress = true}};
		_announcementWatch = _context.loop().watch(_announcements.descriptor(), EventLoop::READABLE,
			[this](unsigned) { received(_announcements, true); });
	}
	catch (const std::system_error& error)
	{
		logDebug(_context.logger(), "without announcements of the router: {}", error.what());
	}
}

void PortMapping::received(UdpSocket& socket, bool announcements)
{
	socket.receive(_in);
	for (const auto& datagram : _in)
	{
		if (!_gateway || datagram.remote != _gateway->router.withPort(pcp::SERVER_PORT))
			continue;
		for (auto& [port, session] : _sessions)
		{
			const auto now = _context.loop().now();
			if (announcements)
				session->mapper.onAnnouncement(datagram.bytes, now);
			else
				session->mapper.onDatagram(datagram.bytes, now);
			serve(*session);
		}
	}
}

void PortMapping::portOpened(Port& port)
{
	if (port.kind() != PortKind::Udp || !port.supports(AF_INET))
		return;
	_ports.push_back(&port);
	if (_asking)
		begin(port);
}

void PortMapping::begin(Port& port)
{
	const auto local = port.localEndpoint();
	if (_protocols.empty() || _sessions.size() >= MOST_PORTS ||
		(!local.isUnspecified() && !local.sameAddress(_gateway->client)))
		return; // the router cannot reach it
	auto& session = _sessions[&port];
	session = std::make_unique<Session>(port,
		PortMapper::Options{.protocols = _protocols,
			.gateway = _gateway->router,
			.client = _gateway->client,
			.internalPort = local.port(),
			.lifetime = _lifetime,
			.nonce = randomNonce(),
			.random = chance},
		_context.loop().now());
	serve(*session);
}

void PortMapping::portClosed(Port& port)
{
	std::erase(_ports, &port);
	if (const auto session = _sessions.find(&port); session != _sessions.end())
	{
		end(*session->second);
		_sessions.erase(session);
	}
}

/// Deletes its mapping.
void PortMapping::end(Session& session)
{
	if (const auto mapping = session.mapper.mapping())
		_context.discoveryHost().candidateLost(candidate(session, mapping->external, mapping->protocol));
	session.mapper.stop();
	session.timer.cancel();
	while (const auto datagram = session.mapper.pollTransmit())
		transmit(*datagram);
	while (auto job = session.mapper.pollJob())
		if (_worker && job->kind == Job::Kind::Unmap)
			_worker->add(std::move(*job));
	std::erase_if(_errands, [&session](const auto& errand) { return errand.second.port == &session.port; });
}

void PortMapping::refresh()
{
	if (!_running)
		return;
	watchGateway();
	for (auto& [port, session] : _sessions)
	{
		session->mapper.lookAgain(_context.loop().now());
		serve(*session);
	}
}

void PortMapping::serve(Session& session)
{
	while (const auto datagram = session.mapper.pollTransmit())
		transmit(*datagram);
	while (auto job = session.mapper.pollJob())
	{
		_requests->Increment();
		if (job->kind == Job::Kind::Map)
			_errands[_lastErrand + 1] = {&session.port, job->number};
		job->number = ++_lastErrand;
		if (_worker)
			_worker->add(std::move(*job));
	}
	while (const auto event = session.mapper.pollEvent())
		std::visit([this, &session](const auto& happened) { tell(session, happened); }, *event);
	const auto mapped = std::count_if(_sessions.begin(), _sessions.end(),
		[](const auto& entry) { return entry.second && entry.second->mapper.mapping(); });
	_mapped->Set(static_cast<double>(mapped));
	const auto next = session.mapper.nextDeadline();
	session.timer = next == NEVER ? Timer{}
								  : _context.loop().at(next,
										[this, &session]
										{
											session.mapper.onTimer(_context.loop().now());
											serve(session);
										});
}

void PortMapping::transmit(const Buffer& datagram)
{
	_requests->Increment();
	if (_socket.isOpen())
		_socket.send(datagram, _gateway->router.withPort(pcp::SERVER_PORT));
}

void PortMapping::finished(const JobResult& result)
{
	const auto errand = _errands.find(result.number);
	if (errand == _errands.end())
		return;
	const auto [port, number] = errand->second;
	_errands.erase(errand);
	const auto session = _sessions.find(port);
	if (session == _sessions.end())
		return;
	auto answered = result;
	answered.number = number;
	session->second->mapper.onResult(answered, _context.loop().now());
	serve(*session->second);
}

Candidate PortMapping::candidate(Session& session, const Endpoint& external, Protocol protocol) const
{
	return {.type = CandidateType::ServerReflexive,
		.endpoint = external,
		.base = session.port.localEndpoint(),
		.port = &session.port,
		.source = fmt::format("port mapping by {}", toString(protocol))};
}

void PortMapping::tell(Session& session, const Found& found)
{
	_context.discoveryHost().candidateFound(candidate(session, found.external, found.protocol));
}

void PortMapping::tell(Session& session, const Lost& lost)
{
	_lost->Increment();
	_context.discoveryHost().candidateLost(candidate(session, lost.external, Protocol::Pcp));
}

void PortMapping::tell(Session&, const Tried& tried)
{
	if (!tried.good)
		_refusals->Increment();
	_context.report({.topic = TOPIC,
		.subject = toString(tried.protocol),
		.verdict = tried.good ? NetworkFact::Verdict::Good : NetworkFact::Verdict::Bad,
		.text = tried.text,
		.value = tried.value});
	logDebug(_context.logger(), "{}: {}", toString(tried.protocol), tried.text);
}

void PortMapping::tell(Session& session, const Done&)
{
	_context.discoveryHost().gatheringDone(session.port);
	if (!session.mapper.mapping() && !std::exchange(_quiet, true))
		logInformation(_context.logger(),
			fmt::format("the router {} forwards no port for this node; asked again from time to time",
				_gateway->router.addressString()));
}

void PortMapping::reportAll(NetworkFact::Verdict verdict, const std::string& text)
{
	for (const auto protocol : _protocols)
		_context.report({.topic = TOPIC, .subject = toString(protocol), .verdict = verdict, .text = text});
}

}
