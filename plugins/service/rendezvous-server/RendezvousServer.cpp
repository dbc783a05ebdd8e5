#include "plugins/service/rendezvous-server/RendezvousServer.h"

#include "node/api/Log.h"
#include "node/protocol/random/Random.h"
#include "plugins/service/rendezvous-server/Connection.h"

namespace gimlet::rendezvous_server
{

namespace
{

constexpr std::chrono::minutes SUMMARY_INTERVAL{10};

/// Shorter tokens can be guessed; a longer one is asked for by a warning, not by force.
constexpr std::size_t SHORT_TOKEN = 16;

constexpr std::size_t MAX_IP_ADDRESSES = 100'000;

}

RendezvousServer::RendezvousServer(Context& context) :
	_context(context), _metrics(context.metrics()), _relayMetrics(context.metrics())
{
}

RendezvousServer::~RendezvousServer()
{
	stop();
}

void RendezvousServer::start()
{
	_self = std::make_shared<RendezvousServer*>(this);
	startGrants();
	_rendezvous = std::make_unique<Rendezvous>(_limits, randomValue<std::uint64_t>,
		Rendezvous::Grants{_relay ? &_relay->machine() : nullptr, _turn.get()});
	_ipLimit = std::make_unique<AddressBuckets>(_ipRate, MAX_IP_ADDRESSES);
	HttpHost& http = _context.http();
	_ipMount = http.get("/ip", Access::Public,
		[this](const HttpRequest& request, HttpReply& reply) { answerIp(request, reply); });
	_registerMount = http.webSocket(
		"/ws/register/{worker_id}", _options, [this](const HttpRequest& request) { return accept(request); });
	logInformation(_context.logger(), "workers register at /ws/register/{worker_id}");
	warnIfOpen();
}

void RendezvousServer::startGrants()
{
	if (_relayWanted)
	{
		_relay = std::make_unique<RelayService>(
			_context, _relayMetrics, _relayOptions, randomValue<std::uint64_t>);
		logInformation(_context.logger(), "members' datagrams are relayed at /ws/relay");
	}
	_turn = std::make_unique<TurnGrants>(_turnOptions,
		[]
		{
			const auto since = std::chrono::system_clock::now().time_since_epoch();
			return std::chrono::duration_cast<std::chrono::seconds>(since).count();
		});
}

void RendezvousServer::stop()
{
	if (_self)
		*_self = nullptr;
	_connections.clear();
	_registerMount.reset();
	_ipMount.reset();
	_timer.cancel();
	_timerAt = NEVER;
	_summaryTimer.cancel();
	_summaryAhead = false;
	_summarised = {};
	_metrics.ended();
	_rendezvous.reset();
	_relay.reset();
	_turn.reset();
	_ipLimit.reset();
}

std::variant<std::unique_ptr<WebSocketHandler>, HttpReply> RendezvousServer::accept(
	const HttpRequest& request)
{
	auto judged = judge(request, _rules);
	if (auto* refusal = std::get_if<HttpReply>(&judged))
	{
		_metrics.refused(refusal->status);
		return std::move(*refusal);
	}
	auto& visitor = std::get<Visitor>(judged);
	const Refusal refusal = _rendezvous->wouldRefuse(visitor.id, visitor.room, request.remote);
	if (refusal.status == 0)
		return std::make_unique<Connection>(_self, std::move(visitor), request.remote);
	_metrics.refused(refusal.status);
	logDebug(_context.logger(), "Worker {} from {} was refused: {}.", visitor.id,
		request.remote.addressString(), refusal.reason);
	HttpReply reply = refuse(refusal.status, "Not now: " + refusal.reason + '.');
	reply.headers["Retry-After"] = "30";
	return reply;
}

void RendezvousServer::answerIp(const HttpRequest& request, HttpReply& reply)
{
	reply.headers["Cache-Control"] = "no-store";
	if (_ipLimit->take(request.remote, _context.loop().now()))
	{
		reply.body = request.remote.addressString();
		return;
	}
	_metrics.refused(429);
	reply.status = 429;
	reply.headers["Retry-After"] = "1";
	reply.body = "You ask too often.\n";
}

void RendezvousServer::opened(Connection& connection)
{
	const Visitor& visitor = connection.visitor();
	connection.key =
		_rendezvous->join(visitor.id, visitor.room, connection.remote(), _context.loop().now(), visitor.host);
	_connections.emplace(connection.key, &connection);
	logDebug(_context.logger(), "Worker {} came from {} to room {}.", visitor.id,
		connection.remote().addressString(), visitor.room);
	drain();
}

void RendezvousServer::heard(const Connection& connection, std::string_view text)
{
	_rendezvous->onText(connection.key, text, _context.loop().now());
	drain();
}

void RendezvousServer::answered(const Connection& connection)
{
	_rendezvous->onPong(connection.key, _context.loop().now());
	drain();
}

void RendezvousServer::closed(Connection& connection, std::uint16_t code, std::string_view reason)
{
	if (_connections.erase(connection.key) == 0)
		return;
	logDebug(_context.logger(), "Worker {} is gone (code {}{}{}).", connection.visitor().id, code,
		reason.empty() ? "" : ", ", reason);
	_rendezvous->leave(connection.key, _context.loop().now());
	drain();
}

void RendezvousServer::drain()
{
	Action action;
	while (_rendezvous->poll(action))
		execute(action);
	if (_relay)
		_relay->drain();
	_metrics.update(*_rendezvous);
	summariseLater();
	const TimePoint deadline = _rendezvous->nextDeadline();
	if (deadline != _timerAt)
	{
		_timerAt = deadline;
		_timer.cancel();
		if (deadline != NEVER)
			_timer = _context.loop().at(deadline,
				[this]
				{
					_timerAt = NEVER;
					_rendezvous->onTimer(_context.loop().now());
					drain();
				});
	}
}

void RendezvousServer::execute(const Action& action)
{
	const auto found = _connections.find(action.to);
	WebSocketConnection* socket = found == _connections.end() ? nullptr : found->second->socket();
	if (!socket)
		return;
	switch (action.kind)
	{
	case Action::Kind::Send:
		socket->sendText(action.text);
		break;
	case Action::Kind::Ping:
		socket->ping();
		break;
	case Action::Kind::Close:
		warnOfHost(action);
		logDebug(_context.logger(), "Worker {} is closed: {}.", found->second->visitor().id, action.text);
		socket->close(action.code, action.text);
	}
}

void RendezvousServer::warnOfHost(const Action& action)
{
	// Once: strangers could fill the log with it.
	if (_warnedOfHost || action.text != WRONG_HOST)
		return;
	_warnedOfHost = true;
	logWarning(_context.logger(),
		"A worker proved its id for another host than this rendezvous was asked by. If a proxy changes the "
		"Host, "
		"name the hosts that workers dial in [rendezvous-server] names; else somebody passes proofs on.");
}

void RendezvousServer::warnIfOpen()
{
	Poco::Logger& logger = _context.logger();
	const bool open = _rules.token.empty() && !_context.http().onLoopback();
	if (open)
		logWarning(logger, "this rendezvous is open: whoever reaches it may join any room and learn the "
						   "addresses of its members; [rendezvous-server] token keeps strangers out");
	if (open && !_turnOptions.urls.empty())
		logWarning(logger,
			"this rendezvous gives credentials for the servers of turn_urls to whoever reaches it, for it is "
			"open; [rendezvous-server] token keeps strangers out");
	// With a token a stranger could not pass a proof on to here, whatever name it is for.
	if (open && _limits.names.empty())
		logWarning(logger,
			"this rendezvous does not know its own names: another one that a worker dials could "
			"register the worker's id here; [rendezvous-server] names prevents it");
	if (!_rules.token.empty() && _rules.token.size() < SHORT_TOKEN)
		logWarning(logger, "the token of this rendezvous is so short that it can be guessed; 'openssl rand "
						   "-hex 16' makes a better one");
}

void RendezvousServer::summariseLater()
{
	// Nothing is logged, and no timer runs, while nobody comes or goes.
	const bool news = _rendezvous->counters().joined != _summarised.joined ||
					  _rendezvous->counters().left != _summarised.left;
	if (_summaryAhead || !news)
		return;
	_summaryAhead = true;
	_summaryTimer = _context.loop().after(SUMMARY_INTERVAL, [this] { summarise(); });
}

void RendezvousServer::summarise()
{
	const Counters& now = _rendezvous->counters();
	logInformation(_context.logger(),
		fmt::format(
			"{} workers are here in {} rooms; since the last such line {} came, {} left, {} pairs were "
			"offered to each other and {} signals relayed.",
			_rendezvous->members(), _rendezvous->rooms(), now.joined - _summarised.joined,
			now.left - _summarised.left, now.offers - _summarised.offers, now.signals - _summarised.signals));
	_summarised = now;
	_summaryAhead = false;
}

}
