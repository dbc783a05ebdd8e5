#include "plugins/discovery/turn/Turn.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "node/protocol/random/Random.h"

namespace gimlet::turn
{

namespace
{

/// One is used; each further one costs a few packets when that one is lost.
constexpr std::size_t MOST_SERVERS = 16;

/// RFC 8489, section 14.3: USERNAME is shorter than 509 bytes.
constexpr std::size_t LONGEST_USER = 508;

}

Turn::Turn(Context& context, const Timing& timing) :
	_context(context),
	_timing(timing),
	_random{randomValue<stun::TransactionId>, randomFraction},
	_race(_random)
{
}

Turn::~Turn()
{
	stop();
}

void Turn::configure(const Settings& settings, Problems& problems)
{
	if (auto servers = read(settings, &problems))
		_configured = std::move(*servers);
	_caFile = settings.text("ca_file");
}

void Turn::reconfigure(const Settings& settings)
{
	auto servers = read(settings, nullptr);
	if (!servers)
	{
		logWarning(_context.logger(), "the new TURN servers cannot be used; the old ones stay");
		return;
	}
	_configured = std::move(*servers);
	_caFile = settings.text("ca_file");
	if (_running)
		update();
}

/// @return Empty when there is a problem.
std::optional<Turn::Servers> Turn::read(const Settings& settings, Problems* problems) const
{
	bool good = true;
	const auto complain = [&](const std::string& key, const std::string& message)
	{
		good = false;
		if (problems)
			problems->add(settings.section(), key, message);
	};
	const Credentials credentials{settings.text("user"), settings.text("password")};
	Servers servers;
	for (const auto& text : settings.list("servers"))
	{
		std::string problem;
		if (const auto uri = parseTurnUri(text, problem))
			servers.push_back({*uri, credentials});
		else
			complain("servers", fmt::format("\"{}\" is no address of a TURN server: {}", text, problem));
	}
	if (servers.size() > MOST_SERVERS)
		complain(
			"servers", fmt::format("names {} servers, and {} are the most", servers.size(), MOST_SERVERS));
	if (credentials.user.size() > LONGEST_USER)
		complain("user", fmt::format("is longer than {} bytes", LONGEST_USER));
	if (credentials.user.empty() != credentials.password.empty())
		complain(credentials.user.empty() ? "user" : "password", "user and password belong together");
	return good ? std::optional{servers} : std::nullopt;
}

void Turn::start()
{
	if (!_metrics)
		_metrics.emplace(_context.metrics());
	_around.emplace(Client::Surroundings{_context, *_metrics, _timing, _random});
	_running = true;
	update();
	if (_servers.empty())
		logDebug(_context.logger(), "no TURN server is configured or handed out: nothing to do");
}

void Turn::stop()
{
	_running = false;
	_timer.cancel();
	_relays.clear();
	_servers.clear();
	_race.set({});
	if (_metrics)
		_metrics->addresses(0);
}

void Turn::relayServers(const std::vector<RelayServer>& servers)
{
	_handedOut.clear();
	for (const auto& server : servers)
	{
		std::string problem;
		const auto uri = parseTurnUri(server.url, problem);
		if (uri && server.user.size() <= LONGEST_USER && _handedOut.size() < MOST_SERVERS)
			_handedOut.push_back({*uri, {server.user, server.password}});
		else
			logDebug(_context.logger(), "the relay server {} that signaling hands out is not used: {}",
				printable(server.url, 100), uri ? "it is one too many, or its user is too long" : problem);
	}
	if (_running)
		update();
}

void Turn::use(const Server& server, std::map<std::string, Server>& servers, std::vector<std::string>& order)
{
	const auto url = server.uri.toString();
	if (servers.contains(url) || servers.size() >= MOST_SERVERS)
		return; // those of the configuration come first
	auto& used = servers[url] = server;
	order.push_back(url);
	const auto known = _servers.find(url);
	if (known == _servers.end())
		return;
	used.failure = known->second.failure;
	used.toldUseless = known->second.toldUseless;
	if (known->second.credentials == server.credentials)
		return;
	_race.hurry(url, _context.loop().now());
	if (const auto relay = _relays.find(url); relay != _relays.end())
		relay->second->renew(server.credentials);
}

/// Takes the servers that there are now in place of those that there were.
void Turn::update()
{
	std::map<std::string, Server> servers;
	std::vector<std::string> order;
	for (const auto* const list : {&_configured, &_handedOut})
		for (const auto& server : *list)
			use(server, servers, order);
	std::erase_if(_relays, [&](const auto& entry) { return !servers.contains(entry.first); });
	for (const auto& [url, server] : _servers)
		if (!servers.contains(url))
			_context.report({.topic = "turn", .subject = url, .text = {}});
	_servers = std::move(servers);
	_race.set(order);
	step();
	tellAddresses();
}

void Turn::refresh()
{
	if (!_running)
		return;
	for (const auto& [url, relay] : _relays)
		relay->check();
	_race.hurry(_context.loop().now());
	step();
}

/// Asks whom the race wants asked.
void Turn::step()
{
	const auto now = _context.loop().now();
	while (const auto url = _race.pollBegin(now))
		begin(*url);
	const auto deadline = _race.nextDeadline();
	_timer = deadline == NEVER ? Timer{} : _context.loop().at(deadline, [this] { step(); });
	tellState();
}

void Turn::begin(const std::string& url)
{
	const auto& server = _servers.at(url);
	if (server.failure.empty()) // what it failed by says more
		_context.report({.topic = "turn", .subject = url, .text = "no answer yet", .pending = true});
	_relays[url] = std::make_unique<Relay>(
		*_around, server.uri, server.credentials, _caFile, static_cast<Relay::Owner&>(*this));
}

void Turn::relayAllocated(Relay& relay, const Allocated& allocated)
{
	const auto& url = relay.url();
	for (const auto& other : _race.won(url, _context.loop().now()))
	{
		_relays.erase(other);
		_context.report({.topic = "turn", .subject = other, .text = "spare: another server was faster"});
	}
	auto& server = _servers.at(url);
	server.failure.clear();
	tellUseless(server, allocated);
	_metrics->allocated();
	std::vector<std::string> addresses;
	for (const auto& relayed : allocated.relayed)
		addresses.push_back(relayed.toString());
	NetworkFact fact{.topic = "turn",
		.subject = url,
		.verdict = NetworkFact::Verdict::Good,
		.text = fmt::format("relays for us as {}", fmt::join(addresses, " and ")),
		.value = addresses.front()};
	if (allocated.roundTrip)
		fact.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(*allocated.roundTrip);
	_context.report(fact);
	_metrics->addresses(addresses.size());
	step();
}

/// Once for each server: it is the same at each allocation.
void Turn::tellUseless(Server& server, const Allocated& allocated) const
{
	if (allocated.useless.empty() || std::exchange(server.toldUseless, true))
		return;
	std::vector<std::string> addresses;
	for (const auto& useless : allocated.useless)
		addresses.push_back(useless.toString());
	logInformation(_context.logger(),
		fmt::format(
			"{} relays at {} too, where no peer could send to: not used; its configuration should name "
			"the addresses to relay at (coturn: relay-ip)",
			server.uri.toString(), fmt::join(addresses, " and ")));
}

void Turn::relayEnded(Relay& relay, Ended ended)
{
	const auto url = relay.url();
	const bool used = _race.kept() == url;
	_race.lost(url, ended.reason, _context.loop().now());
	_relays.erase(url);
	_servers.at(url).failure = ended.text;
	_metrics->ended(ended.reason);
	_context.report(
		{.topic = "turn", .subject = url, .verdict = NetworkFact::Verdict::Bad, .text = ended.text});
	const auto line = fmt::format("{} {}", url, ended.text);
	if (used)
		logInformation(_context.logger(), line);
	else
		logDebug(_context.logger(), "{}", line);
	step();
	tellAddresses();
}

void Turn::tellAddresses()
{
	std::size_t count = 0;
	for (const auto& [url, relay] : _relays)
		count += relay->addresses();
	_metrics->addresses(count);
}

void Turn::tellState()
{
	std::vector<std::string> failures;
	for (const auto& [url, server] : _servers)
		if (!server.failure.empty())
			failures.push_back(fmt::format("{} {}", url, server.failure));
	if (_servers.empty() || !_race.kept().empty())
		_context.setState(PluginState::Ready, "");
	else if (failures.size() < _servers.size())
		_context.setState(PluginState::Starting, "no TURN server has given an allocation yet");
	else
		_context.setState(PluginState::Degraded,
			fmt::format("no TURN server gives an allocation ({}); trying on", fmt::join(failures, "; ")));
}

}
