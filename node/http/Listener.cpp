#include "node/http/Listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "node/api/Log.h"
#include "node/api/Plugin.h"

namespace gimlet::http
{

namespace
{

constexpr int ACCEPTS_A_ROUND = 64;
constexpr std::chrono::milliseconds PAUSE{100};

Descriptor openReserve()
{
	return Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

void set(int descriptor, int level, int option, int value)
{
	::setsockopt(descriptor, level, option, &value, sizeof value);
}

/// A listening socket, or an invalid one with errno set.
Descriptor listenOn(const Endpoint& address, bool dualStack)
{
	Descriptor socket{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	if (!socket)
		return {};
	set(socket.value(), SOL_SOCKET, SO_REUSEADDR, 1);
	if (address.isV6())
		set(socket.value(), IPPROTO_IPV6, IPV6_V6ONLY, dualStack ? 0 : 1);
	sockaddr_storage storage{};
	const auto length = address.toSockaddr(storage);
	if (::bind(socket.value(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
		::listen(socket.value(), SOMAXCONN) != 0)
	{
		const int error = errno;
		socket.close();
		errno = error;
	}
	return socket;
}

Descriptor open(const ListenAddress& address)
{
	auto socket = address.endpoint ? listenOn(*address.endpoint, false)
								   : listenOn(Endpoint::any(AF_INET6, address.port), true);
	if (!socket && !address.endpoint && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		socket = listenOn(Endpoint::any(AF_INET, address.port), false);
	if (!socket)
	{
		const int error = errno;
		const auto where =
			address.endpoint ? address.endpoint->toString() : "*:" + std::to_string(address.port);
		throw PluginError(fmt::format("cannot listen on {}: {}{}", where, std::strerror(error),
			error == EADDRINUSE ? "; is another process running there? [http] listen takes another port, or "
								  "0 for any free one"
								: " ([http] listen)"));
	}
	return socket;
}

Endpoint addressOf(int descriptor)
{
	sockaddr_storage storage{};
	socklen_t length = sizeof storage;
	::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length);
	return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&storage));
}

}

const char* const Listener::FULL =
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 28\r\n"
	"Retry-After: 5\r\nConnection: close\r\n\r\nFull: try again in a moment\n";

Listener::Listener(EventLoop& loop, const ListenAddress& address, DescriptorLimit& limit, Metrics& metrics,
	Poco::Logger& logger, Accepted accepted) :
	_loop(loop),
	_limit(limit),
	_metrics(metrics),
	_logger(logger),
	_accepted(std::move(accepted)),
	_socket(open(address)),
	_reserve(openReserve()),
	_address(addressOf(_socket.value()))
{
	_watch = _loop.watch(_socket.value(), EventLoop::READABLE, [this](unsigned) { accept(); });
}

void Listener::accept()
{
	for (int i = 0; i < ACCEPTS_A_ROUND && acceptOne(); ++i)
	{
	}
}

bool Listener::acceptOne()
{
	sockaddr_storage storage{};
	socklen_t length = sizeof storage;
	Descriptor descriptor{::accept4(
		_socket.value(), reinterpret_cast<sockaddr*>(&storage), &length, SOCK_NONBLOCK | SOCK_CLOEXEC)};
	if (!descriptor)
		return acceptFailed(errno);
	if (!_reserve)
		_reserve = openReserve();
	// WebSocket messages are small and wait for no others.
	set(descriptor.value(), IPPROTO_TCP, TCP_NODELAY, 1);
	const bool scarce = _limit.isScarce(descriptor.value());
	_accepted(
		std::move(descriptor), Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&storage)), scarce);
	return true;
}

bool Listener::acceptFailed(int error)
{
	switch (error)
	{
	case EAGAIN:
#if EAGAIN != EWOULDBLOCK
	case EWOULDBLOCK:
#endif
		return false;
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
		return true;
	case EMFILE:
	case ENFILE:
		_limit.exhausted();
		_metrics.refused("descriptors");
		if (_reserve)
		{
			_reserve.close();
			turnAway(Descriptor{::accept4(_socket.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)});
			_reserve = openReserve();
			if (_reserve)
				return true;
		}
		break;
	default:
		logWarning(_logger, fmt::format("a connection could not be accepted: {}", std::strerror(error)));
		break;
	}
	// The socket stays readable: without a pause the loop would spin.
	_watch.update(0);
	_pause = _loop.after(PAUSE, [this] { _watch.update(EventLoop::READABLE); });
	return false;
}

void Listener::turnAway(Descriptor descriptor)
{
	if (!descriptor)
		return;
	// Unread bytes would turn the close into a reset, which destroys the answer on its way.
	std::array<char, 4096> discarded{};
	while (::recv(descriptor.value(), discarded.data(), discarded.size(), 0) > 0)
	{
	}
	const std::string_view text{FULL};
	::send(descriptor.value(), text.data(), text.size(), MSG_NOSIGNAL);
	::shutdown(descriptor.value(), SHUT_WR);
}

}
