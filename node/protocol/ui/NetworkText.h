#pragma once

#include <string>
#include <vector>

#include "node/protocol/ui/Objects.h"

namespace gimlet::ui
{

/// Puts facts into the order in which people read them: how this machine is connected, what STUN found, what
/// can be done about it, who helps. Topics that are not known come last; those of one topic keep their order.
void sortByTopic(std::vector<FactView>& facts);

/// What is known of a network, a line each, with marks in front and columns below each other: "✓ STUN  ...".
/// What plugins said is as they said it: make it safe before a terminal gets it.
std::vector<std::string> describeNetwork(const NetworkStatus& network);

}
