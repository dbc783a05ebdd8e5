#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet id`: prints the worker id of the node with this configuration, and starts nothing. A key that is
/// yet to be made is made now. @return The exit code.
int idCommand(const CommandLine& line);

}
