#include "plugins/service/rendezvous-server/relay/RelayService.h"

#include <utility>

#include "node/api/Log.h"
#include "node/protocol/websocket/CloseCode.h"
#include "plugins/service/rendezvous-server/Door.h"
#include "plugins/service/rendezvous-server/relay/RelayConnection.h"

namespace gimlet::rendezvous_server
{

namespace
{

/// What is a little too long is a frame that the machine refuses and counts; the host ends the rest unread.
constexpr std::size_t MAX_MESSAGE = 2048;
static_assert(MAX_MESSAGE > relay::MAX_FRAME);

/// Above RELAY_QUEUE nothing more is queued, and one frame and a few pongs fit behind it.
constexpr std::size_t MAX_BUFFERED = 2 * RELAY_QUEUE;

/// The kernel would hold megabytes for a slow receiver, and a datagram is of no use seconds later.
constexpr std::size_t MAX_UNSENT = 32 * 1024;

/// Numbers change with each datagram; they are shown so much later.
constexpr std::chrono::milliseconds METRICS_DELAY{200};

/// While one replaces another both are there.
std::size_t mostConnections(const RelayService::Options& options)
{
	return options.limits.maxPlaces + options.limits.maxPlaces / 10 + 10;
}

WebSocketOptions optionsOf(const RelayService::Options& options)
{
	WebSocketOptions result;
	result.access = Access::Public;
	result.maxMessage = MAX_MESSAGE;
	result.maxBuffered = MAX_BUFFERED;
	result.maxUnsent = MAX_UNSENT;
	result.pingInterval = options.pingInterval;
	result.pingTimeout = options.pingTimeout;
	// Either route may have all of them; accept() bounds the two together.
	result.maxConnections = mostConnections(options);
	return result;
}

}

RelayService::RelayService(
	Context& context, RelayMetrics& metrics, const Options& options, Relay::Random random) :
	_context(context),
	_metrics(metrics),
	_origins(options.origins),
	_mostConnections(mostConnections(options)),
	_relay(options.limits, std::move(random)),
	_self(std::make_shared<RelayService*>(this)),
	_mount(context.http().webSocket(std::string{RELAY_PATH.substr(0, RELAY_PATH.size() - 1)},
		optionsOf(options), [this](const HttpRequest& request) { return accept(request); })),
	_pathMount(context.http().webSocket(std::string{RELAY_PATH} + "{ticket}", optionsOf(options),
		[this](const HttpRequest& request) { return accept(request); }))
{
}

RelayService::~RelayService()
{
	*_self = nullptr;
	_metrics.update(_relay);
	_metrics.ended();
}

std::variant<std::unique_ptr<WebSocketHandler>, HttpReply> RelayService::accept(const HttpRequest& request)
{
	if (auto refusal = refusedOrigin(request, _origins))
		return refused(std::move(*refusal));
	const auto inPath = request.parameters.find("ticket");
	const std::string ticket{inPath == request.parameters.end() ? bearerToken(request) : inPath->second};
	if (!_relay.knows(ticket))
		return refused(refuse(404, "There is no such place at the relay; a welcome names yours."));
	if (_connections >= _mostConnections)
		return refused(refuse(503, "The relay has as many connections as it may have."));
	return std::make_unique<RelayConnection>(_self, ticket);
}

HttpReply RelayService::refused(HttpReply reply)
{
	_metrics.refused(reply.status);
	return reply;
}

void RelayService::opened(RelayConnection& connection)
{
	_relay.open(connection.ticket(), connection, _context.loop().now());
	drain();
}

void RelayService::heard(RelayConnection& connection, ByteView payload)
{
	const auto passed = _relay.onFrame(connection, payload, _context.loop().now());
	if (passed.to)
		static_cast<RelayConnection*>(passed.to)->socket()->sendBinary(
			relay::writeFrame(_room, passed.frame));
	drain();
}

void RelayService::misunderstood(RelayConnection& connection)
{
	_relay.onMalformed(connection);
	drain();
}

void RelayService::closed(RelayConnection& connection, std::uint16_t code)
{
	if (code == websocket::TOO_LARGE)
		_relay.onMalformed(connection, true);
	_relay.closed(connection);
	drain();
}

void RelayService::drain()
{
	RelayAction action;
	while (_relay.poll(action))
	{
		WebSocketConnection* socket = static_cast<RelayConnection*>(action.end)->socket();
		if (!socket)
			continue;
		switch (action.kind)
		{
		case RelayAction::Kind::Pause:
			socket->pauseReading();
			break;
		case RelayAction::Kind::Resume:
			socket->resumeReading();
			break;
		case RelayAction::Kind::Close:
			socket->close(action.code, action.reason);
		}
	}
	updateMetricsSoon();
	setTimer();
}

void RelayService::setTimer()
{
	const TimePoint deadline = _relay.nextDeadline();
	if (deadline == _timerAt)
		return;
	_timerAt = deadline;
	_timer.cancel();
	if (deadline != NEVER)
		_timer = _context.loop().at(deadline,
			[this]
			{
				_timerAt = NEVER;
				_relay.onTimer(_context.loop().now());
				drain();
			});
}

void RelayService::updateMetricsSoon()
{
	if (std::exchange(_metricsAhead, true))
		return;
	_metricsTimer = _context.loop().after(METRICS_DELAY,
		[this]
		{
			_metricsAhead = false;
			_metrics.update(_relay);
		});
}

}
