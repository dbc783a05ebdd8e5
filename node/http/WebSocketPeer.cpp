#include "node/http/WebSocketPeer.h"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "node/http/Hub.h"

namespace gimlet::http
{

using websocket::CloseCode;

WebSocketPeer::WebSocketPeer(Hub& hub, std::shared_ptr<Channel> channel, Accepted accepted) :
	_hub(hub),
	_channel(std::move(channel)),
	_route(std::move(accepted.route)),
	_handler(std::move(accepted.handler)),
	_session(hub.frames(), _route->options.maxMessage),
	_remote(accepted.remote),
	_giveUpCode(CloseCode::ABNORMAL)
{
	++_route->connections;
	_hub.metrics().webSockets.Increment();
	_hub.metrics().webSocketsAccepted.Increment();
}

WebSocketPeer::~WebSocketPeer() = default;

void WebSocketPeer::start(const std::string& answer, ByteView rest)
{
	const auto self = shared_from_this();
	WebSocketBinder::bind(*_handler, this);
	// A socket that cannot take this little is full of answers that its client does not read.
	if (!watch() || _channel->write(asBytes(answer)).length != answer.size())
	{
		_broken = true;
		return _hub.settleLater(*this);
	}
	if (_route->options.maxUnsent > 0)
		_channel->limitUnsent(_route->options.maxUnsent);
	if (_route->options.pingInterval.count() > 0)
		schedulePing(_hub.loop().now());
	guarded([this] { _handler->onOpen(*this); });
	_session.receive(rest);
	deliver();
	if (!_removed && !_paused && _channel->pending())
		read();
}

bool WebSocketPeer::watch()
{
	try
	{
		_events = EventLoop::READABLE;
		_watch =
			_hub.loop().watch(_channel->descriptor(), _events, [this](unsigned events) { onEvents(events); });
		return true;
	}
	catch (const Poco::SystemException& error)
	{
		logError(
			_hub.logger(), fmt::format("a WebSocket of {} is given up, for nothing would be heard of it: {}",
							   _remote.addressString(), error.displayText()));
		return false;
	}
}

// What the application asks for.

void WebSocketPeer::sendText(std::string_view text)
{
	if (_session.closing() || _broken || !hasRoom(text.size()))
		return;
	_hub.metrics().messagesOut.Increment();
	_session.sendText(text);
	flush();
}

void WebSocketPeer::sendBinary(ByteView bytes)
{
	if (_session.closing() || _broken || !hasRoom(bytes.size()))
		return;
	_hub.metrics().messagesOut.Increment();
	_session.sendBinary(bytes);
	flush();
}

void WebSocketPeer::close(std::uint16_t code, std::string_view reason)
{
	if (_session.closing())
		return;
	_session.close(code, reason);
	_hub.deadlines().set(*this, _hub.loop().now() + _hub.options().closeTime);
	resumeReading();
	flush();
}

void WebSocketPeer::ping()
{
	if (_session.closing() || _broken || !hasRoom(0))
		return;
	_session.ping();
	flush();
}

void WebSocketPeer::pauseReading()
{
	if (_session.closing() || _broken || std::exchange(_paused, true))
		return;
	watchFor(_events & ~EventLoop::READABLE);
}

void WebSocketPeer::resumeReading()
{
	if (_removed || !std::exchange(_paused, false))
		return;
	watchFor(_events | EventLoop::READABLE);
	if (_channel->pending())
		_hub.settleLater(*this);
}

std::size_t WebSocketPeer::bufferedAmount() const
{
	return _session.output().size();
}

Endpoint WebSocketPeer::remote() const
{
	return _remote;
}

bool WebSocketPeer::hasRoom(std::size_t size)
{
	const auto fits = [&] { return _session.output().size() + size <= _route->options.maxBuffered; };
	if (fits())
		return true;
	// What only waits for the others of this round is no sign of a slow reader.
	if (_corked)
		flushNow();
	if (fits())
		return true;
	_hub.metrics().messagesDropped.Increment();
	_giveUpCode = CloseCode::TRY_AGAIN_LATER;
	close(CloseCode::TRY_AGAIN_LATER, "too slow");
	return false;
}

// What the network brings.

void WebSocketPeer::onEvents(unsigned events)
{
	const auto self = shared_from_this();
	if (events & EventLoop::WRITABLE)
		flush();
	const bool readable = (events & EventLoop::READABLE) && !_paused;
	if (!_removed && readable && !(events & EventLoop::HANGUP))
		read();
	if (!(events & EventLoop::HANGUP))
		return;
	for (int reads = 0; reads < LAST_READS && !_removed && !_paused && read(); ++reads)
		continue;
	if (!_removed)
		breakOff("the connection broke");
}

bool WebSocketPeer::read()
{
	do
	{
		const auto result = _channel->read(_hub.scratch());
		if (result.status == Channel::Status::WantsWrite)
			watchFor(_events | EventLoop::WRITABLE);
		else if (result.status != Channel::Status::Done && result.status != Channel::Status::WantsRead)
			breakOff("the connection ended without a close frame");
		if (result.status != Channel::Status::Done)
			return false;
		_hub.metrics().bytesIn.Increment(static_cast<double>(result.length));
		_unanswered = NEVER;
		_session.receive(_hub.scratch().first(result.length));
		deliver();
	} while (!_removed && !_paused && _channel->pending());
	return !_removed;
}

void WebSocketPeer::deliver()
{
	{
		const Hub::Cork cork{_hub};
		while (auto event = _session.pollEvent())
		{
			if (_handler)
				dispatch(*event);
			_session.recycle(std::move(*event));
		}
	}
	if (_removed)
		return;
	// Pongs queue up too, for whoever sends pings and reads nothing.
	if (!_session.closing())
		hasRoom(0);
	flush();
}

void WebSocketPeer::dispatch(const websocket::Event& event)
{
	using Type = websocket::Event::Type;
	switch (event.type)
	{
	case Type::Text:
		_hub.metrics().messagesIn.Increment();
		return guarded([&] { _handler->onText(event.data); });
	case Type::Binary:
		_hub.metrics().messagesIn.Increment();
		return guarded([&] { _handler->onBinary(asBytes(event.data)); });
	case Type::Pong:
		return guarded([&] { _handler->onPong(); });
	case Type::Closed:
		return end(event.code, event.data);
	}
}

void WebSocketPeer::guarded(const std::function<void()>& call)
{
	std::string error;
	try
	{
		return _hub.enter(call);
	}
	catch (...)
	{
		error = currentExceptionText();
	}
	logError(_hub.logger(),
		fmt::format("a WebSocket of {} failed and is closed: {}", _remote.addressString(), error));
	close(CloseCode::INTERNAL_ERROR, "internal error");
}

void WebSocketPeer::flush()
{
	if (!_hub.corked())
		return flushNow();
	if (!std::exchange(_corked, true))
		_hub.flushWhenUncorked(*this);
}

void WebSocketPeer::flushNow()
{
	_corked = false;
	if (_removed)
		return;
	unsigned events = _paused ? 0 : EventLoop::READABLE;
	while (!_broken && !_session.output().empty())
	{
		const auto result = _channel->write(_session.output());
		if (result.status == Channel::Status::Done)
		{
			_hub.metrics().bytesOut.Increment(static_cast<double>(result.length));
			_session.sent(result.length);
			continue;
		}
		if (result.status == Channel::Status::WantsWrite)
			events |= EventLoop::WRITABLE;
		else if (result.status != Channel::Status::WantsRead)
			_broken = true;
		break;
	}
	if (_broken)
		return _hub.settleLater(*this);
	watchFor(events);
	if (!_session.finished())
		return;
	// The handler may still be unaware of the end; it is told by deliver().
	linger();
	if (_session.output().empty() && !std::exchange(_shutDown, true))
		_channel->shutdown();
}

void WebSocketPeer::linger()
{
	// Once: whoever goes on sending and reads nothing must not stay by that.
	if (!std::exchange(_lingering, true))
		_hub.deadlines().set(*this, _hub.loop().now() + LINGER_TIME);
}

void WebSocketPeer::watchFor(unsigned events)
{
	if (std::exchange(_events, events) != events)
		_watch.update(events);
}

}
