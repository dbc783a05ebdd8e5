#pragma once

#include <memory>

#include "node/core/Setup.h"
#include "node/core/identity/NodeState.h"

/// The state of the node that a configuration describes (core::NodeState).
namespace gimlet::app
{

/// @param setup Without problems; outlives the request.
core::NodeState::Request stateRequest(core::Setup& setup, const core::Environment& environment);

}
