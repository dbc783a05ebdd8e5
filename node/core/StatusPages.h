#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <vector>

#include "node/api/Http.h"
#include "node/api/Node.h"

namespace gimlet::core
{

/// What machines ask a node for: whether it lives (/healthz, /health), whether it is ready (/readyz, /ready)
/// and its metrics (/metrics). Google's front end answers paths that end in z itself, hence the second names.
class StatusPages
{
public:
	/// Mounts the pages; they are gone when it is destroyed. Everything must outlive it.
	StatusPages(HttpHost& http, Node& node, prometheus::Registry& metrics);

private:
	void ready(const HttpRequest& request, HttpReply& reply) const;
	void metricsText(HttpReply& reply) const;

	Node& _node;
	prometheus::Registry& _metrics;
	std::vector<std::unique_ptr<HttpHost::Mount>> _mounts;
};

}
