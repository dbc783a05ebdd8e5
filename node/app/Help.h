#pragma once

#include <string>

#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// What --help prints.
std::string helpText();

/// What COMMAND --help prints: how that one is used.
std::string helpText(CommandLine::Command command);

/// What --version prints.
std::string versionText();

}
