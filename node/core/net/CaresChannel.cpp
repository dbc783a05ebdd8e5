#include "node/core/net/CaresChannel.h"

#include <ares.h>

#include <algorithm>
#include <stdexcept>

namespace gimlet::core
{

namespace
{

/// A lost question is repeated after this time, then after twice as long, at each server in turn.
constexpr int FIRST_TIMEOUT_MS = 2'000;
constexpr int TRIES = 3;

/// c-ares tells whole milliseconds, rounded down: a timer a little late finds the deadline passed.
constexpr std::chrono::milliseconds TIMER_SLACK{1};

void setServers(ares_channel channel, std::span<const Endpoint> servers)
{
	std::vector<ares_addr_port_node> nodes(servers.size());
	for (std::size_t index = 0; index < servers.size(); ++index)
	{
		auto& node = nodes[index];
		const auto& server = servers[index];
		node.next = index + 1 < servers.size() ? &nodes[index + 1] : nullptr;
		node.family = server.family();
		node.udp_port = node.tcp_port = server.port();
		const auto bytes = server.address();
		std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(&node.addr));
	}
	ares_set_servers_ports(channel, nodes.data());
}

}

CaresChannel::CaresChannel(EventLoop& loop, std::span<const Endpoint> servers) : _loop(loop)
{
	// Only "b", the name servers: the hosts file is HostsFile's.
	char lookups[] = "b";
	ares_options options{};
	options.timeout = FIRST_TIMEOUT_MS;
	options.tries = TRIES;
	options.lookups = lookups;
	options.sock_state_cb = &CaresChannel::onSocketState;
	options.sock_state_cb_data = this;
	const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
	if (const int status = ares_init_options(&_channel, &options, mask); status != ARES_SUCCESS)
		throw std::runtime_error(std::string{"cannot prepare to resolve names: "} + ares_strerror(status));
	if (!servers.empty())
		setServers(_channel, servers);
}

CaresChannel::~CaresChannel()
{
	_closing = true;
	ares_destroy(_channel);
}

void CaresChannel::lookup(const std::string& host, std::uint16_t port, int family, Answer answer)
{
	ares_addrinfo_hints hints{};
	hints.ai_family = family;
	hints.ai_socktype = SOCK_STREAM; // else each address comes once for each type
	_pending.push_back(std::make_unique<Pending>(Pending{this, port, std::move(answer)}));
	ares_getaddrinfo(_channel, host.c_str(), nullptr, &hints, &CaresChannel::onAnswer, _pending.back().get());
	schedule();
}

void CaresChannel::onAnswer(void* pending, int status, int /*timeouts*/, ares_addrinfo* result)
{
	auto& question = *static_cast<Pending*>(pending);
	std::vector<Endpoint> endpoints;
	if (result)
	{
		for (const auto* node = result->nodes; node != nullptr; node = node->ai_next)
		{
			if (const auto endpoint = Endpoint::fromSockaddr(node->ai_addr); endpoint.valid())
				endpoints.push_back(endpoint.withPort(question.port));
		}
		ares_freeaddrinfo(result);
	}
	if (!question.channel->_closing)
		question.answer(status, std::move(endpoints));
}

void CaresChannel::onSocketState(void* self, int socket, int readable, int writable)
{
	unsigned events = 0;
	if (readable)
		events |= EventLoop::READABLE;
	if (writable)
		events |= EventLoop::WRITABLE;
	static_cast<CaresChannel*>(self)->watch(socket, events);
}

void CaresChannel::watch(int socket, unsigned events)
{
	if (events == 0)
	{
		_watches.erase(socket);
		return;
	}
	const auto onEvents = [this, socket](unsigned happened)
	{
		// An error is found by c-ares when it reads.
		const bool readable = (happened & (EventLoop::READABLE | EventLoop::HANGUP)) != 0;
		const bool writable = (happened & EventLoop::WRITABLE) != 0;
		process(readable ? socket : ARES_SOCKET_BAD, writable ? socket : ARES_SOCKET_BAD);
	};
	try
	{
		if (const auto known = _watches.find(socket); known != _watches.end())
			known->second.update(events);
		else
			_watches.emplace(socket, _loop.watch(socket, events, onEvents));
	}
	catch (const std::exception&)
	{
		// Below is C, which an exception must not cross. The socket goes unwatched, so the question is
		// asked again by the timer and in the end times out.
		_watches.erase(socket);
	}
}

void CaresChannel::process(int readable, int writable)
{
	ares_process_fd(_channel, readable, writable);
	schedule();
}

void CaresChannel::schedule()
{
	timeval buffer{};
	const timeval* next = ares_timeout(_channel, nullptr, &buffer);
	if (!next)
	{
		_timer.cancel();
		return;
	}
	const auto wait = std::chrono::seconds{next->tv_sec} + std::chrono::microseconds{next->tv_usec};
	_timer = _loop.after(wait + TIMER_SLACK, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
}

}
