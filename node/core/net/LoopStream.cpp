#include "node/core/net/LoopStream.h"

#include <Poco/Exception.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "node/api/Log.h"
#include "node/protocol/http1/ResponseHead.h"

namespace gimlet::core
{

namespace
{

std::string seconds(std::chrono::milliseconds time)
{
	return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000.0);
}

}

LoopStream::LoopStream(EventLoop& loop, Resolver& resolver, StreamTarget target, StreamHandler& handler) :
	_loop(loop),
	_resolver(resolver),
	_target(std::move(target)),
	_name(printable(authority(_target.host, _target.port))),
	_handler(handler)
{
	_deadline = _loop.after(_target.timeout, [this] { onTimeout(); });
	begin();
}

LoopStream::~LoopStream()
{
	if (!_socket)
		return;
	if (_phase == Phase::Open)
	{
		write();
		if (_tls && _plain.empty())
			_tls->close();
	}
	// Alerts and the goodbye; what the kernel does not take now is lost with the connection.
	if (_tls)
		_tls->takeOutput(_output.buffer());
	const auto rest = _output.waiting();
	::send(_socket.value(), rest.data(), rest.size(), MSG_NOSIGNAL);
}

void LoopStream::begin()
{
	auto host = _target.host;
	auto port = _target.port;
	if (!_target.proxy.empty())
	{
		std::string error;
		_proxy = HttpProxy::parse(_target.proxy, error);
		if (!_proxy)
		{
			failSoon(std::move(error));
			return;
		}
		host = _proxy->host;
		port = _proxy->port;
	}
	_dialer = std::make_unique<Dialer>(_loop, _resolver, host, port,
		[this](Descriptor socket, const Endpoint& remote, const std::string& error)
		{ onConnected(std::move(socket), remote, error); });
}

void LoopStream::onConnected(Descriptor socket, const Endpoint& remote, const std::string& error)
{
	_dialer.reset();
	if (!error.empty())
	{
		finish(_proxy ? fmt::format("the proxy cannot be reached: {}", error) : error);
		return;
	}
	_socket = std::move(socket);
	_remote = remote;
	try
	{
		_events = EventLoop::READABLE;
		_watch = _loop.watch(_socket.value(), _events, [this](unsigned events) { onEvents(events); });
		if (_proxy)
		{
			_phase = Phase::Proxy;
			_output.append(asBytes(_proxy->connectRequest(_target.host, _target.port)));
			write();
			return;
		}
	}
	catch (const std::exception& problem)
	{
		finish(fmt::format("cannot connect to {}: {}", _name, problem.what()));
		return;
	}
	afterProxy();
}

/// The way to the target is free.
void LoopStream::afterProxy()
{
	if (!_target.tls)
	{
		open();
		return;
	}
	_phase = Phase::Tls;
	try
	{
		_tls = std::make_unique<TlsMachine>(_target.host, _target.caFile);
	}
	catch (const std::exception& problem)
	{
		finish(problem.what());
		return;
	}
	write();
}

void LoopStream::open()
{
	_phase = Phase::Open;
	_deadline.cancel();
	_handler.onStreamOpen();
}

Endpoint LoopStream::remote() const
{
	return _remote;
}

Endpoint LoopStream::local() const
{
	sockaddr_storage name{};
	socklen_t length = sizeof name;
	if (_phase != Phase::Open ||
		getsockname(_socket.value(), reinterpret_cast<sockaddr*>(&name), &length) != 0)
		return {};
	return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&name));
}

void LoopStream::onTimeout()
{
	const auto limit = seconds(_target.timeout);
	const auto whom = _proxy ? "the proxy " + _proxy->name() : _name;
	switch (_phase)
	{
	case Phase::Dialing:
		if (_dialer->resolved())
			finish(fmt::format("{} did not answer within {} (tried {})", whom, limit, _dialer->tried()));
		else
			finish(fmt::format("no name server has answered the question for {} within {}", whom, limit));
		break;
	case Phase::Proxy:
		finish(fmt::format("{} did not connect to {} within {}", whom, _name, limit));
		break;
	default:
		finish(fmt::format("{} did not finish the TLS handshake within {}", _name, limit));
	}
}

void LoopStream::failSoon(std::string error)
{
	_later = _loop.after(Duration::zero(), [this, text = std::move(error)] { finish(text); });
}

/// The handler may destroy this stream, so it must be the last that is done.
void LoopStream::finish(const std::string& error)
{
	if (_phase == Phase::Closed)
		return;
	_phase = Phase::Closed;
	_deadline.cancel();
	_later.cancel();
	_dialer.reset();
	if (_tls && _socket)
		write(); // the alert that tells the other side why
	_watch.cancel();
	_socket.close();
	const std::string text = error; // may live in a part of this stream
	_handler.onStreamClosed(text);
}

}
