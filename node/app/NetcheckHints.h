#pragma once

#include <string>
#include <vector>

#include "node/core/Setup.h"
#include "node/protocol/ui/Objects.h"

namespace gimlet::app
{

/// What the configuration has to do with what was seen, as sentences: an address on this machine where nobody
/// answers, which is what the shipped file names until it is told another one.
std::vector<std::string> netcheckHints(core::Setup& setup, const ui::NetworkStatus& network);

}
