#include "plugins/discovery/stun/Finder.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <exception>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "node/protocol/random/Random.h"
#include "plugins/discovery/stun/Facts.h"

namespace gimlet::stun_discovery
{

namespace
{

/// More servers make nothing more certain, and each costs the NAT's memory.
constexpr std::size_t MOST_SERVERS = 16;

/// Transports open their ports when they start; without any for so long there is nothing to find.
constexpr std::chrono::seconds PORT_EXPECTED{3};

}

Finder::Finder(Context& context, const Timing& timing) :
	_context(context),
	_timing(timing),
	_random{randomValue<stun::TransactionId>, randomFraction},
	_names(context,
		[this](const auto& server, const auto& addresses)
		{
			for (auto& [port, session] : _sessions)
			{
				session->machine.resolved(server, addresses, _context.loop().now());
				serve(*session);
			}
		})
{
}

Finder::~Finder()
{
	stop();
}

void Finder::configure(const Settings& settings, Problems& problems)
{
	take(settings);
	if (_servers.empty())
		problems.add(settings.section(), "servers", "is empty: write at least one STUN server, as host:port");
	if (_servers.size() > MOST_SERVERS)
		problems.add(settings.section(), "servers",
			fmt::format("names {} servers, and {} are the most", _servers.size(), MOST_SERVERS));
}

void Finder::take(const Settings& settings)
{
	_servers.clear();
	for (const auto& server : settings.hostPorts("servers"))
		if (std::find(_servers.begin(), _servers.end(), server) == _servers.end())
			_servers.push_back(server);
	_timing.refresh = settings.seconds("refresh");
}

void Finder::reconfigure(const Settings& settings)
{
	const auto before = _servers;
	take(settings);
	if (_servers.empty() || _servers.size() > MOST_SERVERS)
	{
		logWarning(_context.logger(), "the new list of STUN servers is empty or too long; the old one stays");
		_servers = before;
	}
	if (!_running)
		return;
	for (const auto& server : before)
		if (std::find(_servers.begin(), _servers.end(), server) == _servers.end())
			for (const int family : {AF_INET, AF_INET6})
				_context.report(takenBack(server.toString(), family));
	for (auto& [port, session] : _sessions)
		session->machine.reconfigure(serverNames(), _timing.refresh, _context.loop().now());
	_names.set(_servers);
	for (auto& [port, session] : _sessions)
		serve(*session);
}

std::vector<std::string> Finder::serverNames() const
{
	std::vector<std::string> names;
	for (const auto& server : _servers)
		names.push_back(server.toString());
	return names;
}

void Finder::start()
{
	registerMetrics();
	_running = true;
	_context.setState(PluginState::Starting, "waiting for a transport to open a port");
	_noPort = _context.loop().after(PORT_EXPECTED,
		[this] { _context.setState(PluginState::Degraded, "no transport has opened a port to ask from"); });
	_names.set(_servers);
}

void Finder::stop()
{
	_running = false;
	_noPort.cancel();
	_sessions.clear();
	_names.set({});
}

void Finder::registerMetrics()
{
	auto& questions = prometheus::BuildCounter()
						  .Name("gimlet_stun_requests_total")
						  .Help("Binding requests, by whether the network took them.")
						  .Register(_context.metrics());
	_requests = &questions.Add({{"result", "sent"}});
	_unsent = &questions.Add({{"result", "not_sent"}});
	_answers = &prometheus::BuildCounter()
					.Name("gimlet_stun_answers_total")
					.Help("Answers to our requests.")
					.Register(_context.metrics())
					.Add({});
	_changes =
		&prometheus::BuildCounter()
			 .Name("gimlet_stun_addresses_lost_total")
			 .Help(
				 "Public addresses that held no longer: the NAT made a new mapping, or the network changed.")
			 .Register(_context.metrics())
			 .Add({});
}

void Finder::portOpened(Port& port)
{
	_noPort.cancel();
	if (port.kind() != PortKind::Udp)
		return; // behind a relay the address is the relay's, and known
	std::vector<int> families;
	for (const int family : {AF_INET, AF_INET6})
		if (port.supports(family))
			families.push_back(family);
	const auto now = _context.loop().now();
	auto session = std::make_unique<Session>(port, families, serverNames(), _timing, _random, now);
	session->number = ++_lent;
	auto& added = *(_sessions[&port] = std::move(session));
	for (const auto& server : serverNames())
		if (const auto addresses = _names.addresses(server))
			added.machine.resolved(server, *addresses, now);
	serve(added);
	tellState();
}

void Finder::portClosed(Port& port)
{
	_sessions.erase(&port);
	if (_running)
		tellState();
}

bool Finder::onDatagram(ByteView datagram, const Path& path, TimePoint now)
{
	const auto found = _sessions.find(path.port);
	if (found == _sessions.end() || !found->second->machine.onDatagram(datagram, path.remote, now))
		return false;
	_answers->Increment();
	serve(*found->second);
	return true;
}

void Finder::sampleNat(Port& port)
{
	const auto found = _sessions.find(&port);
	if (found == _sessions.end())
		return;
	auto& session = *found->second;
	const auto server = session.machine.sampleServer();
	if (!server || (session.sample && !session.sample->isOver()))
		return;
	const auto now = _context.loop().now();
	const auto bound = port.localEndpoint();
	const auto local = bound.family() == server->family() ? bound : Endpoint::any(server->family(), 0);
	try
	{
		session.sample = std::make_unique<FreshSocket>(
			_context.loop(), local, FreshLook{*server, _timing, _random, now},
			[this](bool sent) { (sent ? _requests : _unsent)->Increment(); },
			[this, &session](const FreshLook& look, const Endpoint& mapped)
			{
				_answers->Increment();
				session.machine.sampled(look, mapped, _context.loop().now());
				serve(session);
			});
	}
	catch (const std::exception&)
	{
		logWarning(_context.logger(),
			fmt::format("where the NAT's ports stand cannot be looked at: {}", currentExceptionText()));
	}
}

void Finder::refresh()
{
	for (auto& [port, session] : _sessions)
	{
		session->machine.restart(_context.loop().now());
		serve(*session);
	}
}

void Finder::serve(Session& session)
{
	while (const auto transmit = session.machine.pollTransmit())
	{
		const bool sent = session.port.send(transmit->bytes, transmit->server);
		(sent ? _requests : _unsent)->Increment(); // what was not sent is sent again like what was lost
	}
	while (const auto event = session.machine.pollEvent())
		tell(session, *event);
	const auto deadline = session.machine.nextDeadline();
	session.timer = deadline == NEVER ? Timer{}
									  : _context.loop().at(deadline,
											[this, &session]
											{
												session.machine.onTimer(_context.loop().now());
												serve(session);
											});
}

}
