#pragma once

#include <memory>
#include <vector>

#include "node/api/Http.h"
#include "node/api/Node.h"

namespace gimlet::core
{

/// What machines ask a node for beside what the listener itself answers: whether it is ready (/readyz,
/// /ready). Google's front end answers paths that end in z itself, hence the second name. Who may not open
/// the page is shown the states of plugins and the worker id, which `gimlet id` asks for.
class StatusPages
{
public:
	/// Mounts the pages; they are gone when it is destroyed. Everything must outlive it.
	StatusPages(HttpHost& http, Node& node);

private:
	void ready(const HttpRequest& request, HttpReply& reply) const;

	Node& _node;
	std::vector<std::unique_ptr<HttpHost::Mount>> _mounts;
};

}
