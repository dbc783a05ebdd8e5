#include "plugins/discovery/port-mapping/Metrics.h"

namespace gimlet::port_mapping
{

Metrics::Metrics(prometheus::Registry& registry)
{
	_mapped = &prometheus::BuildGauge()
				   .Name("gimlet_port_mapping_mapped")
				   .Help("Ports that the router forwards to this node.")
				   .Register(registry)
				   .Add({});
	const auto counter = [&registry](const char* name, const char* help)
	{ return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({}); };
	_requests = counter("gimlet_port_mapping_requests_total", "Requests to routers, of all protocols.");
	_failures = counter(
		"gimlet_port_mapping_failures_total", "Protocols that were tried in vain: no answer, or a refusal.");
	_lost = counter("gimlet_port_mapping_lost_total", "Mappings that were lost, or changed their address.");
}

}
