#include "node/app/State.h"

#include <fmt/format.h>

namespace gimlet::app
{

core::NodeState::Request stateRequest(core::Setup& setup, const core::Environment& environment)
{
	const auto& http = setup.configuration().section("http");
	std::string listen = http.text("listen");
	if (listen != "none")
	{
		const auto address = http.endpoint("listen");
		listen = address.endpoint ? address.endpoint->toString() : fmt::format("*:{}", address.port);
	}
	return {.node = setup.configuration().section("node"),
		.environment = environment,
		.note = listen,
		.links = setup.linksWithPeers()};
}

}
