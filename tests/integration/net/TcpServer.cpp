#include "tests/integration/net/TcpServer.h"

#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace gimlet::test
{

void TcpServer::Connection::send(std::string_view text) const
{
	if (::send(_socket.value(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
		throw std::runtime_error("the test's server could not send all at once");
}

void TcpServer::Connection::shutdown() const
{
	::shutdown(_socket.value(), SHUT_WR);
}

void TcpServer::Connection::reset()
{
	const linger now{.l_onoff = 1, .l_linger = 0};
	::setsockopt(_socket.value(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
	_watch.cancel();
	_socket.close();
}

TcpServer::TcpServer(EventLoop& loop, int family, std::uint16_t port) :
	_loop(loop), _socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
{
	const int on = 1;
	::setsockopt(_socket.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	sockaddr_storage address{};
	const auto length = Endpoint::loopback(family, port).toSockaddr(address);
	if (::bind(_socket.value(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
		::listen(_socket.value(), 16) != 0)
		throw std::runtime_error("no socket for the test's server");
	_watch = _loop.watch(_socket.value(), EventLoop::READABLE, [this](unsigned) { onReadable(); });
}

Endpoint TcpServer::endpoint() const
{
	sockaddr_storage address{};
	socklen_t length = sizeof address;
	::getsockname(_socket.value(), reinterpret_cast<sockaddr*>(&address), &length);
	return Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&address));
}

void TcpServer::onReadable()
{
	const int accepted = ::accept4(_socket.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (accepted < 0)
		return;
	auto& connection = _connections.emplace_back();
	connection._socket = Descriptor{accepted};
	connection._watch =
		_loop.watch(accepted, EventLoop::READABLE, [this, &connection](unsigned) { read(connection); });
	if (onConnect)
		onConnect(connection);
}

void TcpServer::read(Connection& connection)
{
	std::array<char, 65536> bytes{};
	const auto length = ::recv(connection._socket.value(), bytes.data(), bytes.size(), 0);
	if (length <= 0)
	{
		connection._ended = true;
		connection._watch.cancel();
		return;
	}
	connection._received.append(bytes.data(), static_cast<std::size_t>(length));
	if (onData)
		onData(connection);
}

Endpoint closedPort(EventLoop& loop, int family)
{
	return TcpServer(loop, family).endpoint();
}

}
