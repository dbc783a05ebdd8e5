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

constexpr std::size_t READ_SIZE = 16 * 1024;
/// So that one busy stream does not keep the loop from the others.
constexpr int READS_A_ROUND = 8;
/// Plain bytes are encrypted no further ahead of the kernel than this.
constexpr std::size_t ENCRYPT_AHEAD = 64 * 1024;

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

void LoopStream::send(ByteView bytes)
{
	if (_phase != Phase::Open || bytes.empty())
		return;
	(_tls ? _plain : _output).append(bytes);
	_drainAwaited = true;
	updateWatch();
}

std::size_t LoopStream::bufferedAmount() const
{
	return _plain.size() + _output.size();
}

Endpoint LoopStream::remote() const
{
	return _remote;
}

void LoopStream::onEvents(unsigned events)
{
	const std::weak_ptr<const bool> alive = _alive;
	if (events & EventLoop::WRITABLE)
		write();
	if (!alive.expired() && _phase != Phase::Closed && (events & (EventLoop::READABLE | EventLoop::HANGUP)))
	{
		for (int reads = 0; reads < READS_A_ROUND && readSome() && !alive.expired(); ++reads)
		{
		}
	}
}

/// @return Whether more may be waiting; when the stream was destroyed meanwhile, anything.
bool LoopStream::readSome()
{
	if (_phase == Phase::Closed)
		return false;
	std::array<std::uint8_t, READ_SIZE> bytes;
	const auto length = ::recv(_socket.value(), bytes.data(), bytes.size(), 0);
	if (length > 0)
	{
		process({bytes.data(), static_cast<std::size_t>(length)});
		return true;
	}
	if (length == 0)
		onEnd();
	else if (errno == ECONNRESET)
		finish(
			fmt::format("{} reset the connection", _proxy && _phase == Phase::Proxy ? "the proxy" : _name));
	else if (errno != EAGAIN && errno != EINTR)
		finish(fmt::format("the connection to {} failed: {}", _name, std::strerror(errno)));
	return false;
}

void LoopStream::process(ByteView bytes)
{
	if (_phase == Phase::Proxy)
		processProxy(bytes);
	else if (_tls)
		processTls(bytes);
	else
		_handler.onStreamData(bytes);
}

void LoopStream::processProxy(ByteView bytes)
{
	_proxyAnswer.append(asText(bytes));
	const auto head = http1::parseResponseHead(_proxyAnswer);
	if (head.result == http1::ResponseHead::Result::NeedMore)
		return;
	if (head.result == http1::ResponseHead::Result::Malformed)
		finish(fmt::format("{} is not an HTTP proxy: {}", _proxy->name(), head.error));
	else if (head.status == 407)
		finish(fmt::format("the proxy {} wants a user and password that it accepts (407)", _proxy->name()));
	else if (head.status < 200 || head.status > 299)
		finish(fmt::format("the proxy {} refused to connect to {}: {} {}", _proxy->name(), _name, head.status,
			printable(head.reason, 100)));
	else
	{
		const std::weak_ptr<const bool> alive = _alive;
		const auto rest = _proxyAnswer.substr(head.length);
		_proxyAnswer.clear();
		afterProxy();
		if (!rest.empty() && !alive.expired() && _phase != Phase::Closed)
			process(asBytes(rest));
	}
}

void LoopStream::processTls(ByteView bytes)
{
	const std::weak_ptr<const bool> alive = _alive;
	Buffer plain;
	auto state = _tls->receive(bytes, plain);
	if (_phase == Phase::Tls && (state == TlsMachine::State::Open || state == TlsMachine::State::Closed))
		open();
	if (alive.expired() || _phase == Phase::Closed)
		return;
	if (!plain.empty())
		_handler.onStreamData(plain);
	if (alive.expired() || _phase == Phase::Closed)
		return;
	if (state == TlsMachine::State::Failed)
		finish(_tls->error());
	else if (state == TlsMachine::State::Closed)
		finish({});
	else
		write();
}

void LoopStream::onEnd()
{
	if (_phase == Phase::Proxy)
		finish(fmt::format("the proxy {} closed the connection without an answer", _proxy->name()));
	else if (_tls && _tls->end() == TlsMachine::State::Failed)
		finish(_tls->error());
	else
		finish({});
}

/// Gives the kernel what it takes.
void LoopStream::write()
{
	while (fillOutput())
	{
		const auto waiting = _output.waiting();
		const auto length = ::send(_socket.value(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
		if (length < 0)
		{
			// A broken connection is told by the reading side, with the bytes that came before the end.
			if (errno != EAGAIN && errno != EINTR)
				_output.take(_output.size());
			break;
		}
		_output.take(static_cast<std::size_t>(length));
	}
	updateWatch();
	if (_phase == Phase::Open && _drainAwaited && bufferedAmount() == 0)
	{
		_drainAwaited = false;
		_later = _loop.after(Duration::zero(), [this] { _handler.onStreamDrained(); });
	}
}

bool LoopStream::fillOutput()
{
	if (_tls)
	{
		if (_output.size() < ENCRYPT_AHEAD && !_plain.empty())
		{
			const auto next = _plain.waiting().first(std::min(_plain.size(), ENCRYPT_AHEAD));
			_tls->send(next);
			_plain.take(next.size());
		}
		_tls->takeOutput(_output.buffer());
	}
	return !_output.empty();
}

void LoopStream::updateWatch()
{
	const unsigned wanted = EventLoop::READABLE | (bufferedAmount() > 0 ? EventLoop::WRITABLE : 0U);
	if (wanted == _events)
		return;
	_events = wanted;
	_watch.update(_events);
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
