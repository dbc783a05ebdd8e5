#pragma once

#include <array>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Context.h"
#include "plugins/service/rendezvous-server/relay/Relay.h"
#include "plugins/service/rendezvous-server/relay/RelayMetrics.h"

namespace gimlet::rendezvous_server
{

class RelayConnection;

/// The relay on the process' HTTP listener: /ws/relay for whoever shows a ticket as a bearer token, and
/// /ws/relay/{ticket}. All decisions are the machine's (Relay.h).
/// Loop thread only.
class RelayService
{
public:
	struct Options
	{
		RelayLimits limits;
		std::vector<std::string> origins; ///< whose pages may connect, as for registering
		std::chrono::milliseconds pingInterval{25'000};
		std::chrono::milliseconds pingTimeout{25'000};
	};

	/// Mounts both routes. @param metrics Must outlive it.
	RelayService(Context& context, RelayMetrics& metrics, const Options& options, Relay::Random random);
	RelayService(const RelayService&) = delete;
	RelayService& operator=(const RelayService&) = delete;
	~RelayService();

	/// After a call that may have changed something, drain() is due.
	Relay& machine()
	{
		return _relay;
	}

	/// Does what the machine wants and sets the timer for what it wants later.
	void drain();

	void setOrigins(std::vector<std::string> origins)
	{
		_origins = std::move(origins);
	}

private:
	friend class RelayConnection;

	std::variant<std::unique_ptr<WebSocketHandler>, HttpReply> accept(const HttpRequest& request);
	HttpReply refused(HttpReply reply);
	void opened(RelayConnection& connection);
	void heard(RelayConnection& connection, ByteView payload);
	void misunderstood(RelayConnection& connection);
	/// More than once is fine.
	void closed(RelayConnection& connection, std::uint16_t code = 1006);
	void setTimer();
	void updateMetricsSoon();

	Context& _context;
	RelayMetrics& _metrics;
	std::vector<std::string> _origins;
	const std::size_t _mostConnections;
	std::size_t _connections = 0; ///< of both routes, those included that have no place any more
	Relay _relay;
	/// What connections know the service by; null inside once it has ended.
	std::shared_ptr<RelayService*> _self;
	std::array<std::uint8_t, relay::MAX_FRAME> _room{}; ///< to write a frame into
	Timer _timer;
	TimePoint _timerAt = NEVER;
	Timer _metricsTimer;
	bool _metricsAhead = false;
	std::unique_ptr<HttpHost::Mount> _mount;
	std::unique_ptr<HttpHost::Mount> _pathMount;
};

}
