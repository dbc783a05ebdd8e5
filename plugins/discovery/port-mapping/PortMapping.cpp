#include "plugins/discovery/port-mapping/PortMapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "node/protocol/random/Random.h"
#include "plugins/discovery/port-mapping/Routers.h"

namespace gimlet::port_mapping
{

namespace
{

/// A transport has one port or two; routers have little room.
constexpr std::size_t MOST_PORTS = 4;

constexpr std::array ALL{Protocol::Pcp, Protocol::NatPmp, Protocol::Upnp};
constexpr std::array WORDS{"pcp", "nat-pmp", "upnp"};

}

PortMapping::PortMapping(Context& context) :
	_context(context),
	_socket(context.loop(), context.logger(),
		[this](ByteView datagram, bool announced) { received(datagram, announced); })
{
}

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
	_metrics.emplace(_context.metrics());
	_running = true;
	if (std::any_of(_protocols.begin(), _protocols.end(), [](Protocol one) { return one != Protocol::Pcp; }))
		_worker = std::make_unique<Worker>(
			_context.loop(), doJob, [this](const JobResult& result) { finished(result); });
	_gateway = findGateway(_givenGateway);
	useGateway();
}

void PortMapping::stop()
{
	if (!std::exchange(_running, false))
		return;
	leaveGateway();
	_worker.reset(); // waits for its deletions, not for long
	_gateway.reset();
}

void PortMapping::useGateway()
{
	if (!_gateway)
		return reportAll("no router: there is no default route of IPv4");
	if (!_gateway->client.isPrivate())
		return reportAll(fmt::format(
			"not needed: this machine's address {} is no private one", _gateway->client.addressString()));
	_asking = true;
	_socket.open(*_gateway);
	if (!_socket.canAsk() &&
		std::find(_protocols.begin(), _protocols.end(), Protocol::Pcp) != _protocols.end())
		report(Protocol::Pcp, NetworkFact::Verdict::Unknown, "not asked: there is no socket for it");
	for (auto* port : _ports)
		begin(*port);
}

/// What the router was asked for is nobody's business any more.
void PortMapping::leaveGateway()
{
	for (auto& [port, session] : _sessions)
		end(*session);
	_sessions.clear();
	countMapped();
	reportAsking();
	takeBack();
	_socket.close();
	_asking = _quiet = false;
}

void PortMapping::received(ByteView datagram, bool announced)
{
	const auto now = _context.loop().now();
	for (auto& [port, session] : _sessions)
	{
		if (announced)
			session->mapper.onAnnouncement(datagram, now);
		else
			session->mapper.onDatagram(datagram, now);
		serve(*session);
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
	auto protocols = _protocols;
	if (!_socket.canAsk())
		std::erase(protocols, Protocol::Pcp);
	if (protocols.empty() || _sessions.size() >= MOST_PORTS ||
		(!local.isUnspecified() && !local.sameAddress(_gateway->client)))
		return; // the router cannot reach it
	auto session = std::make_unique<Session>(port,
		PortMapper::Options{.protocols = std::move(protocols),
			.gateway = _gateway->router,
			.client = _gateway->client,
			.internalPort = local.port(),
			.lifetime = _lifetime,
			.nonce = randomValue<pcp::Nonce>(),
			.random = randomFraction},
		_context.loop().now());
	auto& kept = *(_sessions[&port] = std::move(session));
	reportAsking();
	serve(kept);
}

void PortMapping::portClosed(Port& port)
{
	std::erase(_ports, &port);
	if (const auto session = _sessions.find(&port); session != _sessions.end())
	{
		end(*session->second);
		_sessions.erase(session);
		countMapped();
		reportAsking();
		if (_sessions.empty())
			takeBack();
	}
}

/// Deletes its mapping.
void PortMapping::end(Session& session)
{
	if (const auto mapping = session.mapper.mapping())
		_context.discoveryHost().candidateLost(candidate(session, mapping->external, mapping->protocol));
	session.mapper.stop();
	session.timer.cancel();
	transmit(session);
	while (auto job = session.mapper.pollJob())
		if (job->kind == Job::Kind::Unmap)
			perform(session, std::move(*job));
}

/// The network has changed: it may be another one, with another router.
void PortMapping::refresh()
{
	if (!_running)
		return;
	if (auto gateway = findGateway(_givenGateway); gateway != _gateway)
	{
		leaveGateway();
		_gateway = std::move(gateway);
		return useGateway();
	}
	for (auto& [port, session] : _sessions)
	{
		session->mapper.lookAgain(_context.loop().now());
		serve(*session);
	}
}

void PortMapping::serve(Session& session)
{
	transmit(session);
	while (auto job = session.mapper.pollJob())
		perform(session, std::move(*job));
	while (const auto event = session.mapper.pollEvent())
		std::visit([this, &session](const auto& happened) { tell(session, happened); }, *event);
	countMapped();
	const auto next = session.mapper.nextDeadline();
	session.timer = next == NEVER ? Timer{}
								  : _context.loop().at(next,
										[this, &session]
										{
											session.mapper.onTimer(_context.loop().now());
											serve(session);
										});
}

void PortMapping::perform(Session& session, Job job)
{
	_metrics->requested();
	const auto number = ++_lastErrand;
	if (job.kind == Job::Kind::Map)
	{
		session.errand = number;
		session.job = job.number;
	}
	job.number = number;
	_worker->add(std::move(job)); // there is one where any protocol but PCP is spoken
}

void PortMapping::transmit(Session& session)
{
	while (const auto datagram = session.mapper.pollTransmit())
	{
		_metrics->requested();
		_socket.send(*datagram);
	}
}

void PortMapping::countMapped()
{
	const auto mapped = std::count_if(_sessions.begin(), _sessions.end(),
		[](const auto& entry) { return entry.second->mapper.mapping().has_value(); });
	_metrics->mapped(static_cast<std::size_t>(mapped));
}

void PortMapping::finished(const JobResult& result)
{
	const auto found = std::find_if(_sessions.begin(), _sessions.end(),
		[&result](const auto& entry) { return entry.second->errand == result.number; });
	if (found == _sessions.end())
		return;
	auto& session = *found->second;
	auto answered = result;
	answered.number = session.job;
	session.errand = 0;
	session.mapper.onResult(answered, _context.loop().now());
	serve(session);
}

}
