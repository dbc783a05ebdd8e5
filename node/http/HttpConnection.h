#pragma once

#include <memory>
#include <span>
#include <string>

#include "node/api/EventLoop.h"
#include "node/http/Channel.h"
#include "node/http/Deadlines.h"
#include "node/http/Dispatcher.h"
#include "node/http/ResponseWriter.h"
#include "node/http/Workers.h"

namespace gimlet::http
{

/// One accepted connection as long as it speaks HTTP: reads a head, has it answered, writes the answer, and
/// again, until it ends or becomes a WebSocket. It never blocks, and every phase has a deadline, so that slow
/// clients cost some memory for some seconds and nothing else.
///
///     handshaking ─> reading ─> waiting ─> writing ─> reading ...
///      (TLS, on a       │    (on a worker)    └─────> draining ─> closed
///       worker)         └──> a WebSocket's channel
class HttpConnection final : public Deadlines::Owner, public std::enable_shared_from_this<HttpConnection>
{
public:
	/// The host, as its connections see it.
	class Owner
	{
	public:
		virtual ~Owner();

		/// The connection has become a WebSocket; rest are bytes that came behind the request.
		virtual void upgraded(HttpConnection& connection, std::shared_ptr<Channel> channel, Accepted accepted,
			ByteView rest) = 0;

		/// The connection has ended; the owner drops it after the present callback.
		virtual void closed(HttpConnection& connection) = 0;
	};

	/// What connections share; all of it outlives them.
	struct Services
	{
		EventLoop& loop;
		Deadlines& deadlines;
		Workers& workers;
		Dispatcher& dispatcher;
		const HostOptions& options;
		Metrics& metrics;
		Poco::Logger& logger;
		std::span<std::uint8_t> scratch; ///< to read into
		Owner& owner;
	};

	/// @param scarce No WebSocket may come of this connection: see Caller::scarce.
	HttpConnection(const Services& services, std::shared_ptr<Channel> channel, bool scarce);
	~HttpConnection() override;

	/// Begins to listen to it.
	void start();

	/// What the worker made; see Deferred.
	void answered(Response response);

	/// The TLS handshake went on, on a worker.
	void handshaken(Channel::Status status);

	void onDeadline(TimePoint now) override;

	/// While it waits for its client (for a request, or for the end), when its patience ends; NEVER while it
	/// is at work. The earliest may be closed to make room.
	TimePoint expendableAt() const;

	/// Ends it at once.
	void close();

private:
	enum class Phase
	{
		Handshaking,
		Reading,
		Waiting,
		Writing,
		Draining, ///< the answer is out; reads on for a moment, since closing now could destroy it on its way
		Closed,
	};

	void onEvents(unsigned events);
	void shakeHands();
	/// What the kernel has; the requests in it are taken by resume().
	void read();
	void drain();
	void resume();
	bool takeRequest();
	void serve(const http1::RequestHead& head);
	void work(Deferred deferred);
	void respond(const Response& response);
	void refuse(int status, const std::string& text);
	void write();
	void finishAnswer();
	void waitFor(Phase phase, unsigned events, Duration patience);

	/// Bounds on Draining.
	static constexpr std::chrono::seconds DRAIN_TIME{2};
	static constexpr std::size_t DRAIN_BYTES = 1024 * 1024;

	Services _services;
	std::shared_ptr<Channel> _channel;
	Watch _watch;
	std::string _input;
	std::size_t _searched = 0; ///< bytes of _input that hold no end of a head
	ResponseWriter _writer;
	TimePoint _writeBy = NEVER; ///< when the whole answer must be out
	std::size_t _drained = 0;
	Phase _phase = Phase::Handshaking;
	const bool _scarce;
	bool _head = false;     ///< the method was HEAD
	bool _keepAlive = true; ///< after the present answer
	bool _ended = false;    ///< the client sends no more
};

}
