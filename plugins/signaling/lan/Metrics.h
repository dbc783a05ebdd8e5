#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

#include "plugins/signaling/lan/LanMachine.h"

namespace gimlet::lan
{

/// What the plugin counts, under gimlet_lan_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	/// Adds what the machine has counted since the last time.
	void update(const LanMachine& machine);

	void interfaces(std::size_t count)
	{
		_interfaces->Set(static_cast<double>(count));
	}

	void sent(bool success)
	{
		(success ? _sent : _unsent)->Increment();
	}

private:
	LanMachine::Counters _before;
	prometheus::Gauge* _peers;
	prometheus::Gauge* _interfaces;
	prometheus::Counter* _sent;
	prometheus::Counter* _unsent;
	prometheus::Counter* _received;
	std::array<prometheus::Counter*, LanMachine::DROPS> _dropped{};
	prometheus::Counter* _signalsReceived;
	prometheus::Counter* _signalsDelivered;
	prometheus::Counter* _signalsUndelivered;
};

}
