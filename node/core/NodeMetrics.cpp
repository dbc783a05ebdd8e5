#include "node/core/NodeMetrics.h"

namespace gimlet::core
{

NodeMetrics::NodeMetrics(prometheus::Registry* registry) :
	_own(registry ? nullptr : std::make_unique<prometheus::Registry>()),
	_registry(registry ? *registry : *_own),
	_refused(prometheus::BuildCounter()
				 .Name("gimlet_node_refused_offers_total")
				 .Help("Offers of peers that the node will not link with, by the reason")
				 .Register(_registry)),
	_unsaid(prometheus::BuildCounter()
				.Name("gimlet_node_unsaid_total")
				.Help("Warnings about peers left out of the log and the pages: repeated, or too many")
				.Register(_registry)
				.Add({})),
	_factsDropped(prometheus::BuildCounter()
					  .Name("gimlet_node_network_facts_dropped_total")
					  .Help("Facts about the network that were not kept, since there were too many")
					  .Register(_registry)
					  .Add({})),
	_links(prometheus::BuildGauge()
			   .Name("gimlet_node_links")
			   .Help("Links that are up or silent now, by how far the peer's identity can be relied on")
			   .Register(_registry))
{
	for (const auto trust : {Trust::Unproven, Trust::Proven, Trust::Verified, Trust::Configured})
		_links.Add({{"trust", toString(trust)}});
	for (const auto reason : {LinkRefusal::NotInPeers, LinkRefusal::IdentityChanged, LinkRefusal::Unproven,
			 LinkRefusal::CodesDiffer})
		_refused.Add({{"reason", toString(reason)}});
}

void NodeMetrics::refused(LinkRefusal refusal)
{
	_refused.Add({{"reason", toString(refusal)}}).Increment();
}

void NodeMetrics::unsaid()
{
	_unsaid.Increment();
}

void NodeMetrics::factDropped()
{
	_factsDropped.Increment();
}

void NodeMetrics::linkCounts(std::optional<Trust> before, std::optional<Trust> now)
{
	if (before)
		_links.Add({{"trust", toString(*before)}}).Decrement();
	if (now)
		_links.Add({{"trust", toString(*now)}}).Increment();
}

}
