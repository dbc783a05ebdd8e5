#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet plugins`: lists what is installed, or explains one plugin (or one of the sections node, http and
/// log); with --ini as lines for an ini file. @return The exit code.
int pluginsCommand(const CommandLine& line);

}
