#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <cstddef>

namespace gimlet::port_mapping
{

/// What the plugin counts, under gimlet_port_mapping_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	/// How many ports the router forwards.
	void mapped(std::size_t count)
	{
		_mapped->Set(static_cast<double>(count));
	}
	/// Something was asked of a router.
	void requested()
	{
		_requests->Increment();
	}
	/// A protocol was tried in vain.
	void failed()
	{
		_failures->Increment();
	}
	/// A mapping is gone, or is another one.
	void lost()
	{
		_lost->Increment();
	}

private:
	prometheus::Gauge* _mapped;
	prometheus::Counter* _requests;
	prometheus::Counter* _failures;
	prometheus::Counter* _lost;
};

}
