// The part of WebSocketPeer that watches the time, and ends.
#include <algorithm>
#include <utility>

#include "node/http/Hub.h"
#include "node/http/WebSocketPeer.h"

namespace gimlet::http
{

// Time.

void WebSocketPeer::onDeadline(TimePoint now)
{
	const auto self = shared_from_this();
	if (_session.closing())
		return breakOff("the close frame was not answered");
	const auto& options = _route->options;
	if (_paused)
		_unanswered = NEVER;
	if (_unanswered != NEVER && options.pingTimeout.count() > 0 && now >= _unanswered + options.pingTimeout)
		return breakOff("a ping was not answered");
	if (now >= _nextPing)
	{
		if (_unanswered == NEVER)
			_unanswered = now;
		_session.ping();
		schedulePing(now);
		return flush();
	}
	_hub.deadlines().set(*this, std::min(_nextPing, patience()));
}

void WebSocketPeer::schedulePing(TimePoint now)
{
	_nextPing = now + _route->options.pingInterval;
	_hub.deadlines().set(*this, std::min(_nextPing, patience()));
}

TimePoint WebSocketPeer::patience() const
{
	const auto timeout = _route->options.pingTimeout;
	return _unanswered == NEVER || timeout.count() == 0 ? NEVER : _unanswered + timeout;
}

// The end.

void WebSocketPeer::endNow(std::uint16_t code, std::string_view reason)
{
	const auto self = shared_from_this();
	close(code, reason);
	if (!_removed)
		linger();
	end(code, reason);
}

void WebSocketPeer::settle()
{
	if (_removed)
		return;
	const auto self = shared_from_this();
	if (_broken)
		breakOff("the connection broke");
	else if (!_paused && _channel->pending())
		read();
}

void WebSocketPeer::breakOff(std::string_view reason)
{
	_broken = true;
	end(_giveUpCode, reason);
	remove();
}

void WebSocketPeer::end(std::uint16_t code, std::string_view reason)
{
	if (!_handler)
		return;
	auto handler = std::move(_handler);
	--_route->connections;
	_hub.metrics().webSockets.Decrement();
	guarded([&] { handler->onClose(code, reason); });
	WebSocketBinder::bind(*handler, nullptr);
	_hub.bury(std::move(handler));
}

void WebSocketPeer::remove()
{
	if (std::exchange(_removed, true))
		return;
	_watch.cancel();
	_hub.deadlines().set(*this, NEVER);
	_hub.remove(*this);
}

}
