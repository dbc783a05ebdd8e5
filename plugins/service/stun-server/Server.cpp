#include "plugins/service/stun-server/Server.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <system_error>

#include "node/api/Log.h"

namespace gimlet::stun_server
{

namespace
{

/// Seconds of the rate that may come at once: a node that starts asks from each of its ports.
constexpr unsigned BURST_SECONDS = 2;

/// What the kernel may hold for a thread that is not scheduled for a moment.
constexpr int SOCKET_BUFFER = 1 << 20;

std::uint64_t randomSeed()
{
	std::uint64_t seed = 0;
	if (RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof seed) != 1)
		throw PluginError("the system gives no random numbers");
	return seed;
}

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
	_rateLimit = static_cast<unsigned>(settings.integer("rate_limit"));
	_threads = static_cast<std::size_t>(settings.integer("threads"));
	_software = settings.text("software");
	if (_software.size() > Responder::LARGEST_SOFTWARE)
		problems.add(settings.section(), "software",
			fmt::format("has {} bytes, and {} is the most", _software.size(), Responder::LARGEST_SOFTWARE));
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
	std::vector<Sockets> ofWorkers(_threads);
	for (const auto& address : _listen)
	{
		auto sockets = open(address);
		_addresses.push_back(sockets.front().local());
		for (std::size_t i = 0; i < _threads; ++i)
			ofWorkers[i].push_back(std::move(sockets[i]));
	}
	const auto counters = registerCounters();
	_limiter =
		std::make_unique<RateLimiter>(_rateLimit, _rateLimit * BURST_SECONDS, randomSeed(), Clock::now());
	const Responder responder{_software};
	for (auto& sockets : ofWorkers)
		_workers.push_back(std::make_unique<Worker>(std::move(sockets), responder, *_limiter, counters));
	for (const auto& address : _addresses)
		logInformation(_context.logger(), fmt::format("answering STUN on UDP {}", address.toString()),
			{{"address", address.toString()}});
}

void Server::stop()
{
	_workers.clear();
	_limiter.reset();
	_addresses.clear();
}

}
