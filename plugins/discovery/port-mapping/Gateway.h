#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/api/Endpoint.h"

namespace gimlet::port_mapping
{

/// The router of this machine, and this machine as that router sees it; with port 0.
struct Gateway
{
	Endpoint router;
	Endpoint client;

	friend bool operator==(const Gateway&, const Gateway&) = default;
};

/// The router of the default route with the smallest metric, from the text of /proc/net/route. Empty if there
/// is none.
std::optional<Endpoint> defaultRouter(std::string_view routes);

/// The default router, or the given one, as it is now. Empty without a route to it. Asks the kernel each
/// time.
std::optional<Gateway> findGateway(const std::optional<Endpoint>& given);

}
