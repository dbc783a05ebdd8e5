#include "node/http/Host.h"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/api/Log.h"

namespace gimlet::http
{

namespace
{

bool isLoopback(const HostOptions& options)
{
	return !options.enabled || (options.listen.endpoint && options.listen.endpoint->isLoopback());
}

}

class Host::RouteMount final : public HttpHost::Mount
{
public:
	RouteMount(std::weak_ptr<Host*> host, std::shared_ptr<Route> route) :
		_host(std::move(host)), _route(std::move(route))
	{
	}

	~RouteMount() override
	{
		if (const auto host = _host.lock())
			(*host)->unmount(_route);
	}

private:
	std::weak_ptr<Host*> _host;
	std::shared_ptr<Route> _route;
};

Host::Host(EventLoop& loop, Poco::Logger& logger, HostOptions options) :
	_loop(loop),
	_logger(logger),
	_options(std::move(options)),
	_ownRegistry(_options.metrics ? nullptr : std::make_unique<prometheus::Registry>()),
	_registry(_options.metrics ? *_options.metrics : *_ownRegistry),
	_metrics(_registry),
	_deadlines(loop),
	_limit(_options.descriptorLimit, _options.spareDescriptors, logger),
	_hub(loop, _deadlines, _options, _metrics, logger, _scratch),
	_self(std::make_shared<Host*>(this))
{
	mountBuiltIn();
}

Host::~Host()
{
	stop();
}

void Host::mountBuiltIn()
{
	for (const auto* pattern : {"/healthz", "/health"})
		_builtIn.push_back(get(
			pattern, Access::Public, [](const HttpRequest&, HttpReply& reply) { reply.body = "alive\n"; }));
	Route metrics;
	metrics.kind = Route::Kind::Metrics;
	_builtIn.push_back(mount("/metrics", std::move(metrics)));
}

void Host::start()
{
	if (!_options.enabled)
		return;
	if (!_options.certificate.empty())
		_tls.emplace(_options.certificate, _options.privateKey);
	_listener = std::make_unique<Listener>(_loop, _options.listen, _limit, _metrics, _logger,
		[this](Descriptor descriptor, const Endpoint& remote, bool scarce)
		{ accepted(std::move(descriptor), remote, scarce); });
	_guard.emplace(onLoopback(), _listener->address().port());
	_guard->set(_guardSettings);
	_dispatcher.emplace(_router, *_guard, _options, _registry, _metrics, _logger);
	_workers = std::make_unique<Workers>(_options.threads, MAX_WAITING_WORK);
	logInformation(_logger, fmt::format("listening on {}://{}", scheme(), _listener->address().toString()));
}

void Host::stop()
{
	_listener.reset();
	_hub.stop();
	_connections.clear();
	_workers.reset();
	_dispatcher.reset();
	_tls.reset();
}

std::unique_ptr<HttpHost::Mount> Host::mount(const std::string& pattern, Route route)
{
	return std::make_unique<RouteMount>(_self, _router.add(pattern, std::move(route)));
}

void Host::unmount(const std::shared_ptr<Route>& route)
{
	_router.remove(route);
	_hub.closeRoute(route);
}

std::unique_ptr<HttpHost::Mount> Host::get(const std::string& pattern, Access access, Handler handler)
{
	Route route;
	route.kind = Route::Kind::Get;
	route.access = access;
	route.handler = std::move(handler);
	return mount(pattern, std::move(route));
}

std::unique_ptr<HttpHost::Mount> Host::files(
	const std::string& prefix, const std::string& folder, Access access)
{
	Route route;
	route.kind = Route::Kind::Files;
	route.access = access;
	route.files = std::make_shared<StaticFiles>(folder);
	return mount(prefix, std::move(route));
}

std::unique_ptr<HttpHost::Mount> Host::webSocket(
	const std::string& pattern, const WebSocketOptions& options, Acceptor acceptor)
{
	Route route;
	route.kind = Route::Kind::WebSocket;
	route.access = options.access;
	route.options = options;
	route.acceptor = std::move(acceptor);
	return mount(pattern, std::move(route));
}

void Host::setGuard(const Guard& guard)
{
	http::Guard{onLoopback(), 0}.set(guard); // throws what start() should not
	_guardSettings = guard;
	if (_guard)
		_guard->set(guard);
}

Endpoint Host::listening() const
{
	return _listener ? _listener->address() : Endpoint{};
}

bool Host::onLoopback() const
{
	return isLoopback(_options);
}

std::string Host::scheme() const
{
	return _options.certificate.empty() ? "http" : "https";
}

void Host::accepted(Descriptor descriptor, const Endpoint& remote, bool scarce)
{
	// The spare descriptors are for others too: half of them at most answer requests.
	const auto room =
		scarce ? std::min(_options.maxRequests, _options.spareDescriptors / 2) : _options.maxRequests;
	if (_connections.size() >= room && !makeRoom())
	{
		_metrics.refused(scarce ? "descriptors" : "busy");
		return Listener::turnAway(std::move(descriptor));
	}
	std::shared_ptr<Channel> channel = _tls ? _tls->accept(std::move(descriptor), remote)
											: std::make_unique<Channel>(std::move(descriptor), remote);
	const HttpConnection::Services services{
		_loop, _deadlines, *_workers, *_dispatcher, _options, _metrics, _logger, _scratch, *this};
	const auto connection = std::make_shared<HttpConnection>(services, std::move(channel), scarce);
	// Throws when the kernel watches no more: nobody would ever end a connection that is kept by then.
	connection->start();
	_connections.insert(connection);
}

bool Host::makeRoom()
{
	// Whoever asks is answered within milliseconds: those that wait for long are idle, slow, or an attempt to
	// keep everybody else out. The one whose patience ends first goes.
	const auto first = std::min_element(_connections.begin(), _connections.end(),
		[](const auto& left, const auto& right) { return left->expendableAt() < right->expendableAt(); });
	if (first == _connections.end() || (*first)->expendableAt() == NEVER)
		return false;
	_metrics.refused("displaced");
	const auto connection = *first;
	connection->close();
	return true;
}

void Host::upgraded(HttpConnection&, std::shared_ptr<Channel> channel, Accepted accepted, ByteView rest)
{
	_hub.adopt(std::move(channel), std::move(accepted), rest);
}

void Host::closed(HttpConnection& connection)
{
	_connections.erase(connection.shared_from_this());
}

}
