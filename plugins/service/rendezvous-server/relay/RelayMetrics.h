#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <vector>

#include "plugins/service/rendezvous-server/relay/Relay.h"

namespace gimlet::rendezvous_server
{

/// What /metrics shows of a relay. The numbers are the machine's, copied.
class RelayMetrics
{
public:
	explicit RelayMetrics(prometheus::Registry& registry);

	void update(const Relay& relay);

	/// The relay has ended; another one counts from zero.
	void ended();

	/// An upgrade was answered with an error status.
	void refused(int status);

private:
	struct Line
	{
		std::function<std::size_t(const RelayCounters&)> number;
		prometheus::Counter* counter;
		std::size_t shown = 0;
	};

	prometheus::Gauge& _places;
	prometheus::Gauge& _connections;
	prometheus::Family<prometheus::Counter>& _refused;
	std::vector<Line> _lines;
};

}
