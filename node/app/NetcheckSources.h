#pragma once

#include <optional>
#include <string>

#include "node/core/Setup.h"

namespace gimlet::app
{

/// Changes a configuration so that its node looks at the network and does nothing else: it has the plugins
/// that look at the network, no HTTP listener, UDP ports beside those of a node that runs, a new identity in
/// memory, a room in which nobody else is, and nobody to link with.
/// @param setup Made of the sources.
/// @param room "netcheck-" and something that nobody guesses.
/// @param nobody A worker id that is nobody's.
/// @return Empty if the configuration has no such plugin: that of a rendezvous.
std::optional<core::Sources> netcheckSources(
	core::Setup& setup, core::Sources sources, const std::string& room, const std::string& nobody);

}
