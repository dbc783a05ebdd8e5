#pragma once

#include <Poco/Logger.h>

#include <array>
#include <memory>
#include <optional>
#include <set>

#include "node/api/EventLoop.h"
#include "node/api/Http.h"
#include "node/http/Deadlines.h"
#include "node/http/DescriptorLimit.h"
#include "node/http/Dispatcher.h"
#include "node/http/HostOptions.h"
#include "node/http/HttpConnection.h"
#include "node/http/Hub.h"
#include "node/http/Listener.h"
#include "node/http/Router.h"
#include "node/http/TlsContext.h"
#include "node/http/Workers.h"

namespace gimlet::http
{

/// The one HTTP listener of a process, and the hub of its WebSockets.
///
/// Connections live on the loop from their first byte: they are read and written without blocking, so that
/// neither a slow client nor an idle one holds a thread, and fifteen thousand WebSockets need no more
/// threads than one. What takes time (files, compression, the handshakes of TLS, the text of the metrics) is
/// done by a few workers. Loop thread only.
///
/// Built in, beside what is mounted: /healthz and /health, which answer as long as the loop turns, and
/// /metrics, for whoever may open the page and for the bearer of [http] metrics_token.
class Host final : public HttpHost, private HttpConnection::Owner
{
public:
	/// Opens nothing. The loop, the logger and the metrics' registry must outlive the host.
	Host(EventLoop& loop, Poco::Logger& logger, HostOptions options);
	~Host() override;

	/// Begins to listen. Mounts may come before and after.
	/// @throws PluginError with a sentence: the address is taken, the certificate unreadable.
	void start();

	/// Ends everything: WebSockets are closed with 1001, their handlers told and destroyed, other connections
	/// dropped, threads joined. Legal at any time, also without a start, and again.
	void stop();

	// HttpHost
	std::unique_ptr<Mount> get(const std::string& pattern, Access access, Handler handler) override;
	std::unique_ptr<Mount> files(
		const std::string& prefix, const std::string& folder, Access access) override;
	std::unique_ptr<Mount> webSocket(
		const std::string& pattern, const WebSocketOptions& options, Acceptor acceptor) override;
	void setGuard(const Guard& guard) override;
	Endpoint listening() const override;
	bool onLoopback() const override;
	std::string scheme() const override;

private:
	class RouteMount;

	void accepted(Descriptor descriptor, const Endpoint& remote, bool scarce);
	/// Closes the connection that waits for its client and will be missed least. @return False if all are
	/// busy.
	bool makeRoom();
	std::unique_ptr<Mount> mount(const std::string& pattern, Route route);
	void unmount(const std::shared_ptr<Route>& route);
	void mountBuiltIn();

	// HttpConnection::Owner
	void upgraded(HttpConnection& connection, std::shared_ptr<Channel> channel, Accepted accepted,
		ByteView rest) override;
	void closed(HttpConnection& connection) override;

	/// What a worker may leave waiting.
	static constexpr std::size_t MAX_WAITING_WORK = 1024;

	EventLoop& _loop;
	Poco::Logger& _logger;
	const HostOptions _options;
	std::unique_ptr<prometheus::Registry> _ownRegistry;
	prometheus::Registry& _registry;
	Metrics _metrics;
	std::array<std::uint8_t, 64 * 1024> _scratch{};
	Deadlines _deadlines;
	Router _router;
	std::optional<http::Guard> _guard;
	HttpHost::Guard _guardSettings;
	std::optional<Dispatcher> _dispatcher;
	DescriptorLimit _limit;
	std::optional<TlsContext> _tls;
	Hub _hub;
	std::unique_ptr<Workers> _workers;
	std::set<std::shared_ptr<HttpConnection>> _connections;
	std::unique_ptr<Listener> _listener;
	/// Lets mounts outlive the host.
	std::shared_ptr<Host*> _self;
	std::vector<std::unique_ptr<Mount>> _builtIn;
};

}
