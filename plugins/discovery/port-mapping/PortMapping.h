#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "node/api/UdpSocket.h"
#include "plugins/discovery/port-mapping/Gateway.h"
#include "plugins/discovery/port-mapping/PortMapper.h"
#include "plugins/discovery/port-mapping/Worker.h"

namespace prometheus
{
class Counter;
class Gauge;
}

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
	};

	/// For whom a job is done.
	struct Errand
	{
		Port* port = nullptr;
		std::uint64_t number = 0;
	};

	void watchGateway();
	void changeGateway(const std::optional<Gateway>& gateway);
	void openSockets();
	void received(UdpSocket& socket, bool announcements);
	void begin(Port& port);
	void end(Session& session);
	void serve(Session& session);
	void transmit(const Buffer& datagram);
	void finished(const JobResult& result);
	void tell(Session& session, const Found& found);
	void tell(Session& session, const Lost& lost);
	void tell(Session& session, const Tried& tried);
	void tell(Session& session, const Done& done);
	void reportAll(NetworkFact::Verdict verdict, const std::string& text);
	Candidate candidate(Session& session, const Endpoint& external, Protocol protocol) const;

	Context& _context;
	std::vector<Protocol> _protocols;
	std::optional<Endpoint> _givenGateway;
	std::chrono::seconds _lifetime{};
	bool _running = false;
	bool _asking = false; ///< there is a router that may help
	std::vector<Port*> _ports;
	std::optional<Gateway> _gateway;
	UdpSocket _socket;        ///< for PCP
	UdpSocket _announcements; ///< what the router tells everybody; may be closed
	UdpReceiveBatch _in;
	Watch _socketWatch;
	Watch _announcementWatch;
	std::map<Port*, std::unique_ptr<Session>> _sessions;
	std::unique_ptr<Worker> _worker;
	std::map<std::uint64_t, Errand> _errands;
	std::uint64_t _lastErrand = 0;
	Timer _gatewayWatch;
	bool _quiet = false; ///< that no router answers has been said
	prometheus::Gauge* _mapped = nullptr;
	prometheus::Counter* _requests = nullptr;
	prometheus::Counter* _refusals = nullptr;
	prometheus::Counter* _lost = nullptr;
};

}
