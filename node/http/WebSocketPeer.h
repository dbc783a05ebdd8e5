#pragma once

#include <functional>
#include <memory>
#include <string>

#include "node/api/EventLoop.h"
#include "node/api/Http.h"
#include "node/http/Channel.h"
#include "node/http/Deadlines.h"
#include "node/http/Dispatcher.h"
#include "node/protocol/websocket/Session.h"

namespace gimlet::http
{

class Hub;

/// One accepted WebSocket: the glue between its channel, its session and its handler.
///
/// It is open until its handler has been told of the end; after that it lingers, without a handler, for as
/// long as the closing handshake takes. Calls of the handler, which may come from inside its callbacks and
/// from anywhere else, never call the handler back: the end that they cause is told in a later round of the
/// loop.
class WebSocketPeer final : public WebSocketConnection,
							public Deadlines::Owner,
							public std::enable_shared_from_this<WebSocketPeer>
{
public:
	WebSocketPeer(Hub& hub, std::shared_ptr<Channel> channel, Accepted accepted);
	~WebSocketPeer() override;

	/// Sends the 101, opens the handler and takes what came behind the request.
	void start(const std::string& answer, ByteView rest);

	/// Closes with a code and tells the handler at once: what it was mounted by goes away.
	void endNow(std::uint16_t code, std::string_view reason);

	const std::shared_ptr<Route>& route() const
	{
		return _route;
	}

	// WebSocketConnection
	void sendText(std::string_view text) override;
	void sendBinary(ByteView bytes) override;
	void close(std::uint16_t code, std::string_view reason) override;
	void ping() override;
	void pauseReading() override;
	void resumeReading() override;
	std::size_t bufferedAmount() const override;
	Endpoint remote() const override;

	// Deadlines::Owner
	void onDeadline(TimePoint now) override;

	/// Tells the handler what its own calls led to; see Hub::settleLater.
	void settle();

	/// Writes what is queued, now that nothing corks the hub.
	void flushNow();

private:
	/// @return False, and it is logged, when the kernel refuses (epoll has a limit of its own).
	bool watch();
	void onEvents(unsigned events);
	/// Reads once, so that one busy connection does not starve the others.
	/// @return Whether the connection can be read on.
	bool read();
	void deliver();
	void dispatch(const websocket::Event& event);
	/// Calls the handler; what it throws ends the connection with 1011.
	void guarded(const std::function<void()>& call);
	bool hasRoom(std::size_t size);
	void flush();
	void linger();
	void watchFor(unsigned events);
	void schedulePing(TimePoint now);
	/// When an unanswered ping means the end.
	TimePoint patience() const;
	void breakOff(std::string_view reason);
	void end(std::uint16_t code, std::string_view reason);
	void remove();

	/// How long the other side may take to hang up after the closing handshake.
	static constexpr std::chrono::seconds LINGER_TIME{2};
	/// How often is read what a connection has left behind that is gone: no event will tell of it.
	static constexpr int LAST_READS = 4;

	Hub& _hub;
	std::shared_ptr<Channel> _channel;
	std::shared_ptr<Route> _route;
	std::unique_ptr<WebSocketHandler> _handler;
	websocket::Session _session;
	Watch _watch;
	Endpoint _remote;
	TimePoint _nextPing = NEVER;
	TimePoint _unanswered = NEVER; ///< when the first ping was sent since anything was heard
	unsigned _events = 0;          ///< that the watch waits for
	std::uint16_t _giveUpCode;     ///< what the handler is told when the other side does not answer a close
	bool _paused = false;          ///< nothing is read
	bool _corked = false;          ///< the hub will flush
	bool _broken = false;          ///< nothing can be written or read any more
	bool _lingering = false;       ///< the end has a deadline that nothing moves any more
	bool _shutDown = false;        ///< all is written; reads on until the other side hangs up
	bool _removed = false;
};

}
