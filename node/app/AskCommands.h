#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet health`: asks the node that runs with this configuration whether it is alive. @return The exit
/// code: 0, or 69 when nobody answers.
int healthCommand(const CommandLine& line);

/// `gimlet id`: prints the worker id of the node that runs with this configuration. @return The exit code.
int idCommand(const CommandLine& line);

}
