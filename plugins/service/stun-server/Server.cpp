#include "plugins/service/stun-server/Server.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <system_error>

#include "node/api/Log.h"
#include "node/protocol/random/Random.h"

namespace gimlet::stun_server
{

namespace
{

/// Seconds of the rate that may come at once: a node that starts asks from each of its ports.
constexpr unsigned BURST_SECONDS = 2;

/// What the kernel may hold for a thread that is not scheduled for a moment.
constexpr int SOCKET_BUFFER = 1 << 20;

std::string describe(const ListenAddress& address)
{
	return address.endpoint ? address.endpoint->toString() : fmt::format("*:{}", address.port);
}

}

Server::~Server()
{
	stop();
}

void Server::configure(const Settings& settings, Problems& problems)
{
	_listen.clear();
	for (const auto& text : settings.list("listen"))
	{
		if (const auto address = parseListenAddress(text))
			_listen.push_back(*address);
		else
			problems.add(settings.section(), "listen",
				fmt::format(
					"\"{}\" is no address to listen on: write *:3478, 192.0.2.1:3478 or [2001:db8::1]:3478",
					printable(text)));
	}
	if (settings.list("listen").empty())
		problems.add(settings.section(), "listen", "is empty: write at least one address, as *:3478");
	_alternates.clear();
	for (const auto& text : settings.list("alternate"))
		configureAlternate(text, problems, settings.section());
	_rateLimit = static_cast<unsigned>(settings.integer("rate_limit"));
	_threads = static_cast<std::size_t>(settings.integer("threads"));
	_software = settings.text("software");
	if (_software.size() > Responder::LARGEST_SOFTWARE)
		problems.add(settings.section(), "software",
			fmt::format("has {} bytes, and {} is the most", _software.size(), Responder::LARGEST_SOFTWARE));
}

void Server::configureAlternate(const std::string& text, Problems& problems, const std::string& section)
{
	const auto refuse = [&](const std::string& why)
	{ problems.add(section, "alternate", fmt::format("\"{}\" {}", printable(text), why)); };
	const auto alone = Endpoint::parseAddress(text, 0);
	auto second = alone ? alone : Endpoint::parse(text);
	if (!second || second->isUnspecified())
		return refuse("is no second address: write 192.0.2.2 or 192.0.2.2:3479");
	const auto first = std::find_if(_listen.begin(), _listen.end(),
		[&](const auto& address)
		{
			return address.endpoint && address.endpoint->family() == second->family() &&
				   !address.endpoint->isUnspecified();
		});
	if (first == _listen.end())
		return refuse("needs a first one of its family in listen, as 192.0.2.1:3478; * will not do");
	if (alone && first->port != 0)
		second = second->withPort(static_cast<std::uint16_t>(first->port + 1U));
	if (second->sameAddress(*first->endpoint))
		return refuse("is the address that listen has already: it takes another one");
	if (second->port() == first->port && first->port != 0)
		return refuse("has the port that listen has already: it takes another one");
	const auto index = static_cast<std::size_t>(first - _listen.begin());
	if (std::any_of(
			_alternates.begin(), _alternates.end(), [&](const auto& other) { return other.first == index; }))
		return refuse("is one too many: one a family is the most");
	_alternates.push_back({index, *second});
}

Server::Sockets Server::open(const ListenAddress& address) const
{
	UdpSocket::Options options{.receiveBuffer = SOCKET_BUFFER, .sendBuffer = SOCKET_BUFFER};
	Sockets sockets;
	try
	{
		// Sockets that share an address would share it with another process too, which then takes part of
		// the questions. One that shares nothing finds that out; it is closed before the others open.
		sockets.emplace_back(address, options);
		if (_threads == 1)
			return sockets;
		ListenAddress shared = address;
		shared.port = sockets.front().local().port();
		if (shared.endpoint)
			shared.endpoint = shared.endpoint->withPort(shared.port);
		sockets.clear();
		options.reusePort = true;
		while (sockets.size() < _threads)
			sockets.emplace_back(shared, options);
		return sockets;
	}
	catch (const std::system_error& error)
	{
		if (error.code() == std::errc::address_in_use)
			throw PluginError(
				fmt::format("UDP {} is taken by another program: end that one, or choose another "
							"address with [stun-server] listen",
					describe(address)));
		throw PluginError(error.what());
	}
}

Counters Server::registerCounters()
{
	auto& family = prometheus::BuildCounter()
					   .Name("gimlet_stun_server_datagrams_total")
					   .Help("Datagrams received, by what became of them.")
					   .Register(_context.metrics());
	Counters counters{};
	for (std::size_t i = 0; i < OUTCOMES; ++i)
		counters[i] = &family.Add({{"result", toString(static_cast<Outcome>(i))}});
	return counters;
}

void Server::start()
{
	_entrances = std::vector<std::vector<Entrance>>(_threads);
	for (const auto& address : _listen)
		add(address);
	for (const auto& alternate : _alternates)
		addAlternate(alternate);
	const auto counters = registerCounters();
	_limiter = std::make_unique<RateLimiter>(
		_rateLimit, _rateLimit * BURST_SECONDS, randomValue<std::uint64_t>(), Clock::now());
	const Responder responder{_software};
	for (auto& entrances : _entrances)
		_workers.push_back(std::make_unique<Worker>(std::move(entrances), responder, *_limiter, counters));
	_entrances.clear();
	for (const auto& address : _addresses)
		logInformation(_context.logger(), fmt::format("answering STUN on UDP {}", address.toString()),
			{{"address", address.toString()}});
}

Endpoint Server::add(const ListenAddress& address)
{
	auto sockets = open(address);
	const auto local = sockets.front().local();
	_addresses.push_back(local);
	for (std::size_t i = 0; i < _threads; ++i)
		_entrances[i].push_back({std::move(sockets[i])});
	return local;
}

void Server::addAlternate(const Alternate& alternate)
{
	// listen may have some of them already.
	const auto indexOf = [this](const Endpoint& address)
	{
		const auto known = std::find(_addresses.begin(), _addresses.end(), address);
		const auto index = static_cast<std::size_t>(known - _addresses.begin());
		if (known == _addresses.end())
			add({address, address.port()});
		return index;
	};
	const auto one = _addresses[alternate.first];
	const auto other = _addresses[indexOf(alternate.second)];
	for (const auto& here : {one, other, one.withPort(other.port()), other.withPort(one.port())})
	{
		const auto index = indexOf(here);
		const auto& opposite = here.sameAddress(one) ? other : one;
		const auto port = here.port() == one.port() ? other.port() : one.port();
		for (auto& entrances : _entrances)
			entrances[index].corner = {here, opposite.withPort(port)};
	}
}

void Server::stop()
{
	_entrances.clear();
	_workers.clear();
	_limiter.reset();
	_addresses.clear();
}

}
