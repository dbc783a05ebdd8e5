#pragma once

#include <memory>
#include <unordered_map>

#include "node/api/Context.h"
#include "node/api/Service.h"
#include "plugins/service/rendezvous-server/AddressBuckets.h"
#include "plugins/service/rendezvous-server/Door.h"
#include "plugins/service/rendezvous-server/Metrics.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"
#include "plugins/service/rendezvous-server/relay/RelayService.h"

namespace gimlet::rendezvous_server
{

class Connection;

/// The rendezvous on the process' HTTP listener: /ws/register/{worker_id} and /ip. All decisions are the
/// machine's (Rendezvous.h) and the door's (Door.h). With it comes the relay (RelayService.h).
class RendezvousServer final : public Service
{
public:
	explicit RendezvousServer(Context& context);
	~RendezvousServer() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;

private:
	friend class Connection;

	std::variant<std::unique_ptr<WebSocketHandler>, HttpReply> accept(const HttpRequest& request);
	void answerIp(const HttpRequest& request, HttpReply& reply);

	void configureGrants(const Settings& settings, Problems& problems);
	void startGrants();

	void opened(Connection& connection);
	void heard(const Connection& connection, std::string_view text);
	void answered(const Connection& connection);
	/// More than once is fine.
	void closed(Connection& connection, std::uint16_t code = 1006, std::string_view reason = {});

	/// Does what the machine wants and sets the timer for what it wants later.
	void drain();
	void execute(const Action& action);
	void warnIfOpen();
	void warnOfHost(const Action& action);
	void summariseLater();
	void summarise();

	Context& _context;
	std::shared_ptr<RendezvousServer*>
		_self; ///< what connections know the server by; null inside once stopped
	Limits _limits;
	DoorRules _rules;
	WebSocketOptions _options;
	Rate _ipRate;
	Metrics _metrics;
	bool _relayWanted = true;
	RelayService::Options _relayOptions;
	RelayMetrics _relayMetrics;
	TurnOptions _turnOptions;

	std::unique_ptr<RelayService> _relay;
	std::unique_ptr<TurnGrants> _turn;
	std::unique_ptr<Rendezvous> _rendezvous;
	std::unique_ptr<AddressBuckets> _ipLimit;
	std::unordered_map<Key, Connection*> _connections;
	std::unique_ptr<HttpHost::Mount> _registerMount;
	std::unique_ptr<HttpHost::Mount> _ipMount;
	Timer _timer;
	TimePoint _timerAt = NEVER;
	Timer _summaryTimer;
	bool _summaryAhead = false;
	bool _warnedOfHost = false;
	Counters _summarised;
};

}
