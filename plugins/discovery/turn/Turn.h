#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "plugins/discovery/turn/Race.h"
#include "plugins/discovery/turn/Relay.h"

namespace gimlet::turn
{

/// Discovery by TURN: relayed addresses of servers that are configured, or that signaling hands out, with
/// ports of their own. It needs no port of a transport, and does nothing while there is no server.
class Turn final : public Discovery, private Relay::Owner
{
public:
	explicit Turn(Context& context) : Turn(context, Timing{}) {}
	Turn(Context& context, const Timing& timing);
	~Turn() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;

	void portOpened(Port&) override {}
	void portClosed(Port&) override {}
	bool onDatagram(ByteView, const Path&, TimePoint) override
	{
		return false;
	}
	void refresh() override;
	void relayServers(const std::vector<RelayServer>& servers) override;

private:
	struct Server
	{
		TurnUri uri;
		Credentials credentials;
		std::string failure{};    ///< the last one; "" if there was none
		bool toldUseless = false; ///< that it relays at an address that is of no use
	};

	using Servers = std::vector<Server>;

	void relayAllocated(Relay& relay, const Allocated& allocated) override;
	void relayEnded(Relay& relay, Ended ended) override;

	void tellUseless(Server& server, const Allocated& allocated) const;
	std::optional<Servers> read(const Settings& settings, Problems* problems) const;
	void update();
	void use(const Server& server, std::map<std::string, Server>& servers, std::vector<std::string>& order);
	void step();
	void begin(const std::string& url);
	void tellState();
	void tellAddresses();

	Context& _context;
	const Timing _timing;
	const Random _random;
	std::optional<Metrics> _metrics;
	std::optional<Client::Surroundings> _around;
	std::string _caFile;
	Servers _configured;
	Servers _handedOut;
	std::map<std::string, Server> _servers; ///< by URL
	Race _race;
	std::map<std::string, std::unique_ptr<Relay>> _relays; ///< by URL
	Timer _timer;
	bool _running = false;
};

}
