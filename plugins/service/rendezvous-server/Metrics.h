#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>
#include <vector>

#include "plugins/service/rendezvous-server/Limits.h"
#include "plugins/service/rendezvous-server/Rendezvous.h"

namespace gimlet::rendezvous_server
{

/// What /metrics shows of a rendezvous. The numbers are the machine's, copied.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	void update(const Rendezvous& rendezvous);

	/// The rendezvous has ended; another one counts from zero.
	void ended();

	/// An upgrade, or a request of /ip, was answered with an error status.
	void refused(int status);

private:
	struct Line
	{
		std::size_t Counters::*number;
		prometheus::Counter* counter;
		std::size_t shown = 0;
	};

	prometheus::Registry& _registry;
	prometheus::Gauge& _members;
	prometheus::Gauge& _rooms;
	prometheus::Family<prometheus::Counter>& _refused;
	std::vector<Line> _lines;
};

}
