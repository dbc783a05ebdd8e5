#pragma once

#include <Poco/Logger.h>

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "node/http/Guard.h"
#include "node/http/HostOptions.h"
#include "node/http/Metrics.h"
#include "node/http/Response.h"
#include "node/http/Router.h"

namespace gimlet::http
{

/// Who asks, as the connection knows it.
struct Caller
{
	Endpoint peer;
	bool secure = false; ///< through TLS
	/// The process has few descriptors left: no further WebSockets.
	bool scarce = false;
};

/// An answer that takes time: made on a worker thread.
struct Deferred
{
	std::function<Response()> work;
};

/// A WebSocket to be: send the 101 and hand the connection to the hub.
struct Accepted
{
	std::shared_ptr<Route> route;
	std::unique_ptr<WebSocketHandler> handler;
	std::string key; ///< Sec-WebSocket-Accept
	Endpoint remote;
};

using Outcome = std::variant<Response, Deferred, Accepted>;

/// From a request's head to what becomes of it: route, guard, limits, then the plugin's handler or acceptor,
/// which therefore run on the loop thread. Never throws for what a handler throws: that is a 500.
class Dispatcher
{
public:
	/// All of these must outlive the dispatcher.
	Dispatcher(Router& router, Guard& guard, const HostOptions& options, prometheus::Registry& registry,
		Metrics& metrics, Poco::Logger& logger);

	Outcome dispatch(const http1::RequestHead& head, const Caller& caller);

private:
	struct Context
	{
		const http1::RequestHead& head;
		const http1::Target& target;
		const Caller& caller;
		Router::Match match;
		Guard::Verdict verdict;
	};

	Outcome serve(const Context& context);
	Outcome accept(const Context& context);
	Response call(const Context& context);
	Response refuse(const Guard::Verdict& verdict);
	Guard::Verdict ofMetrics(Guard::Verdict verdict) const;
	bool mayReadMetrics(const Context& context) const;
	HttpRequest requestOf(const Context& context) const;
	bool isSecure(const http1::RequestHead& head, const Caller& caller) const;

	Router& _router;
	Guard& _guard;
	const HostOptions& _options;
	prometheus::Registry& _registry;
	Metrics& _metrics;
	Poco::Logger& _logger;
};

}
