#pragma once

#include <string>
#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet::web
{

/// The address of the page as a person would open it: "http://127.0.0.1:8080/".
///
/// @param listening Where the listener listens; unspecified means all addresses.
/// @param hosts Names under which it may be asked for; the first is used if there is one.
/// @param machine The addresses of this machine, best first; used when it listens on all of them.
std::string pageAddress(const std::string& scheme, const Endpoint& listening,
	const std::vector<std::string>& hosts, const std::vector<Endpoint>& machine);

}
