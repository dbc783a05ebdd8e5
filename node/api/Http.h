#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet
{

/// Who may use a route.
enum class Access
{
	/// Anybody who reaches the listener (health, the rendezvous).
	Public,
	/// The page's guard: Origin, if present, equals Host; Host is checked; beyond loopback a token is asked.
	Guarded,
};

struct HttpRequest
{
	std::string method;
	/// Decoded and normalised, beginning with '/'; no "..".
	std::string path;
	/// What the "{name}" parts of the route's pattern stood for.
	std::map<std::string, std::string> parameters;
	/// The decoded query; of a repeated name the first.
	std::map<std::string, std::string> query;
	/// Names in lower case.
	std::map<std::string, std::string> headers;
	/// The caller: the socket's peer, or what a trusted proxy says of it ([http] trusted_proxies).
	Endpoint remote;
	/// Whether the request carried the page's token or needed none. Public routes show more to those.
	bool trusted = false;

	/// The header's value, or "" if absent.
	const std::string& header(const std::string& lowerCaseName) const
	{
		static const std::string none;
		const auto found = headers.find(lowerCaseName);
		return found == headers.end() ? none : found->second;
	}
};

struct HttpReply
{
	int status = 200;
	std::string contentType = "text/plain; charset=utf-8";
	std::string body;
	std::map<std::string, std::string> headers;
};

/// One WebSocket, seen by the side that accepted it. Loop thread only.
class GIMLET_API WebSocketConnection
{
public:
	virtual ~WebSocketConnection();

	/// Queues a message. A reader so slow that the queue passes its limit is closed with 1013; the
	/// message is then dropped. Silently does nothing on a closed connection.
	virtual void sendText(std::string_view text) = 0;
	virtual void sendBinary(ByteView bytes) = 0;

	/// Sends a close frame after what is queued. onClose follows, never inside this call.
	virtual void close(std::uint16_t code, std::string_view reason) = 0;

	/// Sends a ping; the answer comes as onPong. For callers that must know now whether the other side
	/// lives; the regular pings of WebSocketOptions::pingInterval need no call.
	virtual void ping() = 0;

	/// Takes nothing more from the other side until resumeReading(), so that TCP itself holds it back. What
	/// has been read already is still told; that the other side seems silent meanwhile ends nothing. Calls do
	/// not add up, and a close resumes.
	virtual void pauseReading() = 0;
	virtual void resumeReading() = 0;

	/// Bytes queued and not yet taken by the kernel. What is sent inside callbacks is taken together when all
	/// that has been read of one connection is told.
	virtual std::size_t bufferedAmount() const = 0;

	virtual Endpoint remote() const = 0;
};

/// The application's side of an accepted WebSocket. All calls come on the loop thread. The hub owns it and
/// destroys it after onClose; the connection stays valid until then.
class GIMLET_API WebSocketHandler
{
public:
	virtual ~WebSocketHandler();

	virtual void onOpen(WebSocketConnection& connection) = 0;

	/// A whole message; checked to be UTF-8.
	virtual void onText(std::string_view text) = 0;

	/// By default a close with 1003 (unsupported data).
	virtual void onBinary(ByteView bytes);

	virtual void onPong() {}

	/// The end, once. @param code The peer's close code; ours where the peer broke a rule or a limit (1002,
	/// 1007, 1009, 1013); 1006 when the connection just broke.
	virtual void onClose(std::uint16_t code, std::string_view reason) = 0;

protected:
	WebSocketConnection* _connection = nullptr; ///< set by the hub before onOpen, null after onClose
	friend class WebSocketBinder;
};

/// Lets the hub set WebSocketHandler::_connection.
class WebSocketBinder
{
public:
	static void bind(WebSocketHandler& handler, WebSocketConnection* connection)
	{
		handler._connection = connection;
	}
};

struct WebSocketOptions
{
	Access access = Access::Guarded;
	std::size_t maxMessage = 64 * 1024;
	/// Queue limit of a slow reader.
	std::size_t maxBuffered = 1024 * 1024;
	/// How much of what it has taken the kernel may hold back unsent, before the rest counts as queued; zero
	/// leaves it to the kernel (megabytes). For what is of no use when it comes late.
	std::size_t maxUnsent = 0;
	/// Zero sends no regular pings.
	std::chrono::milliseconds pingInterval{25'000};
	/// A peer from which nothing came for so long after a ping is closed (1006). Zero waits for ever.
	std::chrono::milliseconds pingTimeout{25'000};
	/// Bound on all connections of this route; the next gets 503.
	std::size_t maxConnections = 100'000;
};

/// The one HTTP listener of the process, as plugins see it. Mount in start(); routes end with the mount.
///
/// Handlers and acceptors run on the loop thread and must not block; static files, compression and the
/// handshakes of TLS happen on worker threads. HEAD is answered from GET. Loop thread only.
class GIMLET_API HttpHost
{
public:
	using Handler = std::function<void(const HttpRequest&, HttpReply&)>;
	/// A handler for the new connection, or the reply that refuses it.
	using Acceptor =
		std::function<std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>(const HttpRequest&)>;

	/// What was mounted. Destroying it removes the route and closes its WebSockets with 1001: their handlers
	/// hear onClose and are destroyed before the destructor returns.
	class GIMLET_API Mount
	{
	public:
		virtual ~Mount();
	};

	virtual ~HttpHost();

	/// Answers GET and HEAD of a path; "{name}" matches one segment, as in "/ws/register/{worker_id}".
	/// @throws Poco::ExistsException if the pattern is taken.
	[[nodiscard]] virtual std::unique_ptr<Mount> get(
		const std::string& pattern, Access access, Handler handler) = 0;

	/// Serves the files of a folder below a path prefix ("/"), index.html for a folder.
	[[nodiscard]] virtual std::unique_ptr<Mount> files(
		const std::string& prefix, const std::string& folder, Access access) = 0;

	/// Accepts WebSockets on a path.
	[[nodiscard]] virtual std::unique_ptr<Mount> webSocket(
		const std::string& pattern, const WebSocketOptions& options, Acceptor acceptor) = 0;

	/// What Access::Guarded asks for. Without this call the guard asks for no token on loopback and
	/// refuses everything guarded elsewhere.
	struct Guard
	{
		/// At least 128 bits, or empty for none (refused by the host beyond loopback).
		std::string token;
		/// Acceptable Host headers, without port; empty means any beyond loopback.
		std::vector<std::string> hosts;
	};
	virtual void setGuard(const Guard& guard) = 0;

	/// Where the listener listens (real port, also when 0 was asked for); invalid when [http] listen = none.
	virtual Endpoint listening() const = 0;

	/// Whether only this machine can reach the listener.
	virtual bool onLoopback() const = 0;

	/// "http" or "https".
	virtual std::string scheme() const = 0;
};

}
