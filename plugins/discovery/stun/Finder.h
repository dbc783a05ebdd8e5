#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "plugins/discovery/stun/FreshSocket.h"
#include "plugins/discovery/stun/GatherMachine.h"
#include "plugins/discovery/stun/ServerNames.h"

namespace prometheus
{
class Counter;
}

namespace gimlet::stun_discovery
{

/// Discovery by STUN: one GatherMachine for each port that a transport lends, fed with datagrams, time and
/// names, and what it finds told to the node.
class Finder final : public Discovery
{
public:
	explicit Finder(Context& context) : Finder(context, Timing{}) {}
	Finder(Context& context, const Timing& timing);
	~Finder() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;

	void portOpened(Port& port) override;
	void portClosed(Port& port) override;
	bool onDatagram(ByteView datagram, const Path& path, TimePoint now) override;
	void refresh() override;
	void sampleNat(Port& port) override;

private:
	struct Session
	{
		Session(Port& lent, const std::vector<int>& families, const std::vector<std::string>& servers,
			const Timing& timing, const Random& random, TimePoint now) :
			port(lent), machine(families, lent.localEndpoint().port(), servers, timing, random, now)
		{
		}

		Port& port;
		std::uint64_t number = 0; ///< in the order in which ports were lent
		GatherMachine machine;
		std::unique_ptr<FreshSocket> sample;
		Timer timer;
	};

	void take(const Settings& settings);
	std::vector<std::string> serverNames() const;
	void serve(Session& session);
	void tell(Session& session, const Event& event);
	void tellAnswer(Session& session, const ServerAnswers& answer);
	void tellBehaviour(Session& session, const Behaviour& behaviour);
	bool speaks(const Session& session) const;
	void tellState();
	void registerMetrics();

	Context& _context;
	Timing _timing;
	Random _random;
	std::vector<HostPort> _servers;
	ServerNames _names;
	std::map<Port*, std::unique_ptr<Session>> _sessions;
	std::uint64_t _lent = 0;
	std::set<int> _toldFamilies; ///< of whose NAT something was said
	Timer _noPort;
	bool _running = false;
	prometheus::Counter* _requests = nullptr;
	prometheus::Counter* _unsent = nullptr;
	prometheus::Counter* _answers = nullptr;
	prometheus::Counter* _changes = nullptr;
};

}
