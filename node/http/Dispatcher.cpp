#include "node/http/Dispatcher.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "node/protocol/http1/HeaderValues.h"
#include "node/protocol/http1/Text.h"
#include "node/protocol/websocket/Handshake.h"

namespace gimlet::http
{

namespace
{

constexpr const char* RETRY_AFTER = "5"; // seconds

Response unavailable(std::string text)
{
	auto response = textResponse(503, std::move(text));
	response.reply.headers["Retry-After"] = RETRY_AFTER;
	return response;
}

Deferred fileWork(const Route& route, const http1::RequestHead& head, const http1::Target& target)
{
	StaticFiles::Request request;
	request.segments = {
		target.segments.begin() + static_cast<std::ptrdiff_t>(route.pattern.size()), target.segments.end()};
	request.rawPath = target.rawPath;
	request.trailingSlash = target.trailingSlash;
	request.gzip = http1::acceptsGzip(head.header("accept-encoding"));
	request.ifNoneMatch = head.header("if-none-match");
	return {[files = route.files, request = std::move(request)] { return files->serve(request); }};
}

Deferred metricsWork(prometheus::Registry& registry)
{
	return {[&registry]
		{
			Response response;
			// https://prometheus.io/docs/instrumenting/exposition_formats/
			response.reply.contentType = "text/plain; version=0.0.4; charset=utf-8";
			response.reply.body = prometheus::TextSerializer{}.Serialize(registry.Collect());
			return response;
		}};
}

}

Dispatcher::Dispatcher(Router& router, Guard& guard, const HostOptions& options,
	prometheus::Registry& registry, Metrics& metrics, Poco::Logger& logger) :
	_router(router), _guard(guard), _options(options), _registry(registry), _metrics(metrics), _logger(logger)
{
}

Outcome Dispatcher::dispatch(const http1::RequestHead& head, const Caller& caller)
{
	const auto parsed = http1::parseTarget(head.target);
	if (const auto* fault = std::get_if<http1::Fault>(&parsed))
	{
		_metrics.refused("malformed");
		return textResponse(fault->status, "Bad request: " + fault->message + ".");
	}
	const auto& target = std::get<http1::Target>(parsed);
	Context context{head, target, caller, _router.find(target), {}};
	if (!context.match.route)
		return textResponse(404, "Not found: nothing is served at this address.");
	if (head.method != "GET" && head.method != "HEAD")
	{
		auto response = textResponse(405, "Method not allowed: use GET.");
		response.reply.headers["Allow"] = "GET, HEAD";
		return response;
	}
	context.verdict = _guard.judge(head, target, isSecure(head, caller));
	return serve(context);
}

Outcome Dispatcher::serve(const Context& context)
{
	const auto& route = *context.match.route;
	const auto& verdict = context.verdict;
	const bool admitted = route.kind == Route::Kind::Metrics && mayReadMetrics(context);
	if (route.access == Access::Guarded && !admitted)
	{
		if (verdict.kind == Guard::Verdict::Kind::Refuse)
			return refuse(route.kind == Route::Kind::Metrics ? ofMetrics(verdict) : verdict);
		if (verdict.kind == Guard::Verdict::Kind::Redirect && route.kind != Route::Kind::WebSocket)
		{
			auto response =
				textResponse(verdict.status, "The token is kept in a cookie; see " + verdict.location);
			response.reply.headers["Location"] = verdict.location;
			response.reply.headers["Set-Cookie"] = verdict.cookie;
			return response;
		}
	}
	switch (route.kind)
	{
	case Route::Kind::Files:
		return fileWork(route, context.head, context.target);
	case Route::Kind::Metrics:
		return metricsWork(_registry);
	case Route::Kind::WebSocket:
		return accept(context);
	case Route::Kind::Get:
		break;
	}
	return call(context);
}

Outcome Dispatcher::accept(const Context& context)
{
	auto& route = *context.match.route;
	const auto check =
		websocket::checkUpgrade(context.head.method, context.head.version, context.head.headers);
	if (check.status != 101)
	{
		_metrics.refused("handshake");
		auto response = textResponse(check.status, check.message);
		if (check.status == 426)
		{
			response.reply.headers["Upgrade"] = "websocket";
			response.reply.headers["Sec-WebSocket-Version"] = "13";
		}
		return response;
	}
	if (context.caller.scarce)
	{
		_metrics.refused("descriptors");
		return unavailable("Full: this process has no descriptors left for more connections.");
	}
	if (route.connections >= route.options.maxConnections)
	{
		_metrics.refused("route_full");
		return unavailable("Full: this address has as many connections as it may have.");
	}
	const auto request = requestOf(context);
	try
	{
		auto answer = route.acceptor(request);
		if (auto* handler = std::get_if<std::unique_ptr<WebSocketHandler>>(&answer); handler && *handler)
			return Accepted{context.match.route, std::move(*handler), check.accept, request.remote};
		if (auto* reply = std::get_if<HttpReply>(&answer))
		{
			_metrics.refused("refused");
			return Response{.reply = std::move(*reply), .sharedBody = nullptr, .close = false};
		}
		logError(_logger, fmt::format("nobody takes the WebSocket at {}", request.path));
	}
	catch (...)
	{
		logError(_logger,
			fmt::format("a WebSocket at {} failed to open: {}", request.path, currentExceptionText()));
	}
	return textResponse(500, "Internal error.");
}

Response Dispatcher::call(const Context& context)
{
	const auto request = requestOf(context);
	Response response;
	try
	{
		context.match.route->handler(request, response.reply);
		return response;
	}
	catch (...)
	{
		logError(_logger, fmt::format("the answer to {} failed: {}", request.path, currentExceptionText()));
	}
	return textResponse(500, "Internal error.");
}

Response Dispatcher::refuse(const Guard::Verdict& verdict)
{
	_metrics.refused(verdict.reason);
	auto response = textResponse(verdict.status, verdict.message);
	if (verdict.status == 401)
		response.reply.headers["WWW-Authenticate"] = "Bearer";
	return response;
}

/// Where a token would do, metrics have one of their own.
Guard::Verdict Dispatcher::ofMetrics(Guard::Verdict verdict) const
{
	const bool closed = verdict.reason == std::string_view{"closed"};
	if (!closed && verdict.reason != std::string_view{"token"})
		return verdict;
	if (_options.metricsToken.empty())
	{
		verdict.message =
			closed ? "The metrics are closed: they are reachable from other machines and there is no "
					 "token. Set [http] metrics_token, or [web] token."
				   : "The metrics ask for the page's token, as \"Authorization: Bearer TOKEN\". [http] "
					 "metrics_token sets one that opens them alone.";
		return verdict;
	}
	verdict.status = 401;
	verdict.reason = "token";
	verdict.message = "The metrics ask for [http] metrics_token, as \"Authorization: Bearer TOKEN\".";
	return verdict;
}

bool Dispatcher::mayReadMetrics(const Context& context) const
{
	return !_options.metricsToken.empty() &&
		   Guard::same(http1::bearerToken(context.head.header("authorization")), _options.metricsToken);
}

HttpRequest Dispatcher::requestOf(const Context& context) const
{
	HttpRequest request;
	request.method = context.head.method;
	request.path = context.target.path;
	request.parameters = context.match.parameters;
	request.query = context.target.query;
	request.headers = context.head.headers;
	request.remote =
		_options.trustedProxies.caller(context.caller.peer, context.head.header("x-forwarded-for"));
	request.trusted = context.verdict.kind != Guard::Verdict::Kind::Refuse;
	return request;
}

bool Dispatcher::isSecure(const http1::RequestHead& head, const Caller& caller) const
{
	return caller.secure || (_options.trustedProxies.contains(caller.peer) &&
								http1::equalIgnoringCase(head.header("x-forwarded-proto"), "https"));
}

}
