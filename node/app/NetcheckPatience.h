#pragma once

#include <vector>

#include "node/api/Node.h"
#include "node/protocol/ui/NetworkKnowledge.h"

namespace gimlet::app
{

/// Whether waiting longer would tell `gimlet netcheck` no more than is known: of signaling, of the NATs, of a
/// router that may forward a port, of a relay. What does not run brings nothing.
bool isEverythingKnown(const ui::NetworkKnowledge& known, const std::vector<PluginInfo>& plugins);

}
