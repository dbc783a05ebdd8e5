#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "plugins/discovery/port-mapping/Gateway.h"
#include "plugins/discovery/port-mapping/Metrics.h"
#include "plugins/discovery/port-mapping/PortMapper.h"
#include "plugins/discovery/port-mapping/RouterSocket.h"
#include "plugins/discovery/port-mapping/Worker.h"

namespace gimlet::port_mapping
{

/// Discovery that has the router forward ports: a PortMapper for each port that a transport lends, with its
/// datagrams, its jobs on a thread, and what it finds told to the node. It asks the router of the default
/// route and nobody else, and is quiet where none answers.
class PortMapping final : public Discovery
{
public:
	explicit PortMapping(Context& context);
	~PortMapping() override;

	void configure(const Settings& settings, Problems& problems) override;
	void start() override;
	void stop() override;
	void portOpened(Port& port) override;
	void portClosed(Port& port) override;
	bool onDatagram(ByteView, const Path&, TimePoint) override
	{
		return false;
	}
	void refresh() override;

private:
	struct Session
	{
		Session(Port& lent, PortMapper::Options options, TimePoint now) :
			port(lent), mapper(std::move(options), now)
		{
		}

		Port& port;
		PortMapper mapper;
		Timer timer;
		/// The job whose result is awaited: its number here, and the mapper's. 0: none.
		std::uint64_t errand = 0;
		std::uint64_t job = 0;
		bool settled = false; ///< a mapping was found, or everything has been tried once
	};

	void useGateway();
	void leaveGateway();
	void received(ByteView datagram, bool announced);
	void begin(Port& port);
	void end(Session& session);
	void serve(Session& session);
	void perform(Session& session, Job job);
	void transmit(Session& session);
	void countMapped();
	void finished(const JobResult& result);
	void tell(Session& session, const Found& found);
	void tell(Session& session, const Lost& lost);
	void tell(Session& session, const Tried& tried);
	void tell(Session& session, const Done& done);
	void report(Protocol protocol, NetworkFact::Verdict verdict, const std::string& text,
		const std::string& value = {});
	void reportAll(const std::string& text);
	void reportAsking();
	void takeBack();
	Candidate candidate(Session& session, const Endpoint& external, Protocol protocol) const;

	Context& _context;
	std::vector<Protocol> _protocols;
	std::optional<Endpoint> _givenGateway;
	std::chrono::seconds _lifetime{};
	bool _running = false;
	bool _asking = false; ///< there is a router that may help
	std::vector<Port*> _ports;
	std::optional<Gateway> _gateway;
	RouterSocket _socket;
	std::map<Port*, std::unique_ptr<Session>> _sessions;
	std::unique_ptr<Worker> _worker;
	std::uint64_t _lastErrand = 0;
	bool _quiet = false; ///< that no router answers has been said
	std::optional<Metrics> _metrics;
};

}
