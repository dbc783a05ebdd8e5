#pragma once

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet run`: a node until somebody ends it. @return The exit code.
int runCommand(const CommandLine& line);

}
