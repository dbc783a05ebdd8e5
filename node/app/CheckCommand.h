#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet check`: says what is wrong with a configuration and starts nothing. @return The exit code.
int checkCommand(const CommandLine& line);

}
