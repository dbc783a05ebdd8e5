#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <optional>

#include "node/api/Node.h"

namespace gimlet::core
{

/// What the node counts of its peers. Loop thread only.
class NodeMetrics
{
public:
	/// @param registry Null keeps the counts to itself.
	explicit NodeMetrics(prometheus::Registry* registry);

	/// An offer was refused, said or not.
	void refused(LinkRefusal refusal);

	/// Something was not said since it was said before, or too much was.
	void unsaid();

	/// A fact about the network was not kept: there are too many.
	void factDropped();

	/// A link counts under another trust from now on; empty is no link.
	void linkCounts(std::optional<Trust> before, std::optional<Trust> now);

private:
	std::unique_ptr<prometheus::Registry> _own;
	prometheus::Registry& _registry;
	prometheus::Family<prometheus::Counter>& _refused;
	prometheus::Counter& _unsaid;
	prometheus::Counter& _factsDropped;
	prometheus::Family<prometheus::Gauge>& _links;
};

}
