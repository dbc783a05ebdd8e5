#include "node/core/net/NetworkWatch.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <sys/socket.h>

#include "node/api/Log.h"
#include "node/core/net/Netlink.h"

namespace gimlet::core
{

namespace
{

constexpr std::uint32_t GROUPS =
	RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

/// How many datagrams are read in one go, so that a storm of news lets others have their turn.
constexpr int MAX_READS = 64;

/// Routes to less than this much of the Internet are not the way there. Some tunnels take it all in two
/// halves, or all but some of it; and a router that exchanges routes with others changes a hundred small ones
/// a second.
constexpr unsigned LONGEST_PREFIX = 8;

constexpr auto ADDRESSES = "addresses";
constexpr auto SLEPT = "slept";

prometheus::Family<prometheus::Counter>& changesFamily(prometheus::Registry& registry)
{
	return prometheus::BuildCounter()
		.Name("gimlet_node_network_changes_total")
		.Help("How often the machine's network was found to be another one, by the reason")
		.Register(registry);
}

prometheus::Gauge& polledGauge(prometheus::Registry& registry)
{
	return prometheus::BuildGauge()
		.Name("gimlet_node_network_polled")
		.Help("1 where the system tells nothing of network changes, so that they are looked for")
		.Register(registry)
		.Add({});
}

/// The time since boot with sleep counted, as a point on the scale of the monotonic clock.
TimePoint sinceBoot(TimePoint now)
{
	timespec monotonic{};
	timespec boot{};
	if (clock_gettime(CLOCK_MONOTONIC, &monotonic) != 0 || clock_gettime(CLOCK_BOOTTIME, &boot) != 0)
		return now;
	return now + std::chrono::seconds{boot.tv_sec - monotonic.tv_sec} +
		   std::chrono::nanoseconds{boot.tv_nsec - monotonic.tv_nsec};
}

bool isHint(const netlink::Message& message)
{
	if (const auto* route = std::get_if<netlink::Route>(&message.content))
		return route->forwarding && route->prefix <= LONGEST_PREFIX;
	return std::holds_alternative<netlink::Link>(message.content) ||
		   std::holds_alternative<netlink::Address>(message.content);
}

}

NetworkWatch::NetworkWatch(EventLoop& loop, Poco::Logger& logger, Options options, Listener listener) :
	_loop(loop),
	_logger(logger),
	_options(options),
	_listener(std::move(listener)),
	_ownMetrics(options.metrics ? nullptr : std::make_unique<prometheus::Registry>()),
	_changes(changesFamily(options.metrics ? *options.metrics : *_ownMetrics)),
	_polled(polledGauge(options.metrics ? *options.metrics : *_ownMetrics)),
	_settling(options.quiet, options.longest),
	_sleep(options.sleep, loop.now(), sinceBoot(loop.now()))
{
	for (const auto* reason : {ADDRESSES, SLEPT})
		_changes.Add({{"reason", reason}});
	std::string error;
	// Listening comes first, so that nothing happens between the look and the first news.
	if (!open(error))
		pollInstead(error);
	_state = state().value_or(NetworkState{});
	for (const auto& fact : networkFacts(_state))
		_listener.fact(fact);
	beat();
}

NetworkWatch::~NetworkWatch()
{
	_watch.cancel();
}

bool NetworkWatch::open(std::string& error)
{
	if (!_options.netlink)
		return error = "it is not wanted", false;
	_readable = readNetworkState(error).has_value();
	if (!_readable)
		return false;
	Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
	sockaddr_nl address{};
	address.nl_family = AF_NETLINK;
	address.nl_groups = GROUPS;
	if (!socket || bind(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
		return error = std::strerror(errno), false;
	_socket = std::move(socket);
	_watch = _loop.watch(_socket.value(), EventLoop::READABLE, [this](unsigned) { read(); });
	return true;
}

void NetworkWatch::pollInstead(const std::string& why)
{
	_watch.cancel();
	_socket.close();
	_polled.Set(1);
	const auto seconds = std::chrono::duration<double>{_options.poll}.count();
	const auto text = fmt::format(
		"this system tells nothing of network changes ({}), so they are looked for every {} s", why, seconds);
	logWarning(_logger, text);
	_listener.fact({.topic = "changes", .verdict = NetworkFact::Verdict::Unknown, .text = text});
	lookAgainLater();
}

void NetworkWatch::lookAgainLater()
{
	_poll = _loop.after(_options.poll,
		[this]
		{
			lookAgainLater();
			look();
		});
}

void NetworkWatch::read()
{
	Buffer space(netlink::MAX_DATAGRAM);
	bool hinted = false;
	for (int count = 0; count < MAX_READS; ++count)
	{
		const auto length = recv(_socket.value(), space.data(), space.size(), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			break;
		// ENOBUFS: there was too much of it. What it was is seen by looking.
		if (length < 0 && errno != ENOBUFS)
			return pollInstead(std::strerror(errno));
		const auto messages =
			netlink::decode({space.data(), length > 0 ? static_cast<std::size_t>(length) : 0});
		hinted = hinted || length < 0 || std::any_of(messages.begin(), messages.end(), isHint);
	}
	if (hinted)
		hint();
}

void NetworkWatch::hint()
{
	_settling.hint(_loop.now());
	armSettling();
	// A machine that wakes switches its interfaces on, sooner than the next beat comes.
	noticeSleep(_sleep.beat(_loop.now(), sinceBoot(_loop.now())));
}

void NetworkWatch::armSettling()
{
	_settled = _loop.at(_settling.nextDeadline(),
		[this]
		{
			if (_settling.onTimer(_loop.now()))
				look();
			else
				armSettling();
		});
}

/// Always by the same means: two of them see the same network differently.
std::optional<NetworkState> NetworkWatch::state() const
{
	std::string error;
	return _readable ? readNetworkState(error) : guessNetworkState();
}

void NetworkWatch::look()
{
	auto now = state();
	if (!now || *now == _state)
		return;
	_state = *std::move(now);
	for (const auto& fact : networkFacts(_state))
		_listener.fact(fact);
	count(ADDRESSES);
	_listener.changed("the addresses of this machine have changed");
}

void NetworkWatch::beat()
{
	_heartbeat = _loop.after(_options.sleep.interval, [this] { beat(); });
	noticeSleep(_sleep.beat(_loop.now(), sinceBoot(_loop.now())));
}

void NetworkWatch::continued()
{
	noticeSleep(_sleep.continued(_loop.now(), sinceBoot(_loop.now())));
}

void NetworkWatch::noticeSleep(bool slept)
{
	if (!slept)
		return;
	count(SLEPT);
	_listener.changed("this machine has slept");
}

void NetworkWatch::count(const char* reason)
{
	_changes.Add({{"reason", reason}}).Increment();
}

}
