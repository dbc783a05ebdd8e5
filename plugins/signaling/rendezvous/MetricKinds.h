#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <string>

/// How the plugin's metrics are made: all are named gimlet_rendezvous_ and something.
namespace gimlet::rendezvous_client
{

inline prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildCounter().Name("gimlet_rendezvous_" + name).Help(help).Register(registry);
}

inline prometheus::Gauge& gauge(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildGauge().Name("gimlet_rendezvous_" + name).Help(help).Register(registry).Add({});
}

inline void increase(prometheus::Counter* counter, std::uint64_t before, std::uint64_t now)
{
	if (now != before)
		counter->Increment(static_cast<double>(now - before));
}

}
