// The part of LoopStream that reads and writes: bytes of the socket, the proxy, TLS and the user.
#include "node/core/net/LoopStream.h"

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

}
