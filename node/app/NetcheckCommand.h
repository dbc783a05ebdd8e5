#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// Looks at the network by running the configured discovery, signaling and transport plugins for some
/// seconds, meeting nobody, and prints what they found and what it means for links.
/// @return 0; 69 if nothing at all was reached; 78 for a wrong configuration.
int netcheckCommand(const CommandLine& line);

}
