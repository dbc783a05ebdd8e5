#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Signaling.h"
#include "plugins/signaling/lan/LanMachine.h"
#include "plugins/signaling/lan/LanPort.h"
#include "plugins/signaling/lan/Metrics.h"

namespace gimlet::lan
{

/// The plugin: gives LanMachine its sockets, one pair an address of this machine, and its timer, and passes
/// on what it tells. Interfaces that come and go are noticed within seconds.
class LanSignaling final : public Signaling
{
public:
	explicit LanSignaling(Context& context);
	~LanSignaling() override;

	void configure(const Settings& settings, Problems& problems) override;
	void start() override;
	void stop() override;
	void describe(const LocalDescription& description) override;
	bool sendSignal(const PeerId& to, const std::string& session, const std::string& data) override;
	void networkChanged() override;

private:
	struct Options
	{
		std::string room;
		std::string token;
		std::vector<Endpoint> groups; ///< with the port, one a family at most
		std::vector<std::string> interfaces;
	};

	std::vector<InterfaceAddress> wantedAddresses() const;
	std::optional<Endpoint> groupFor(const InterfaceAddress& address) const;
	void watchInterfaces();
	void open(const InterfaceAddress& address);
	void tellState();
	void settle();
	void send(const LanMachine::Transmit& transmit);
	void schedule();

	void handle(const PeerOffer& offer);
	void handle(const SignalArrived& signal);
	void handle(const PeerGone& gone);
	void handle(const PeerStranger& stranger);

	Context& _context;
	Metrics _metrics;
	Options _options;
	std::optional<LanMachine> _machine;
	std::map<LanMachine::SegmentId, std::unique_ptr<LanPort>> _ports;
	LanMachine::SegmentId _lastId = 0;
	std::string _told;    ///< the state, as it was told last
	std::string _problem; ///< why the last address could not be used; told once
	bool _settling = false;
	Timer _timer;
	Timer _interfaceWatch;
};

}
