#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

#include "plugins/discovery/turn/Events.h"

namespace gimlet::turn
{

/// What the plugin counts, under gimlet_turn_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	/// What an allocation has counted since it was last asked.
	void add(const Counters& now, const Counters& before);

	void allocated()
	{
		_allocated->Increment();
	}
	void ended(EndReason reason)
	{
		_ended[static_cast<std::size_t>(reason)]->Increment();
	}
	/// A message that neither the kernel nor the stream took.
	void unsent()
	{
		_unsent->Increment();
	}
	/// How many relayed addresses there are.
	void addresses(std::size_t count)
	{
		_addresses->Set(static_cast<double>(count));
	}

private:
	struct Counted
	{
		prometheus::Counter* counter;
		std::uint64_t Counters::*value;
	};

	std::array<prometheus::Counter*, 7> _ended{};
	std::array<Counted, 15> _counted{};
	prometheus::Counter* _allocated;
	prometheus::Counter* _unsent;
	prometheus::Gauge* _addresses;
};

}
