#pragma once

#include <optional>
#include <string>

#include "node/api/Settings.h"
#include "node/app/CommandLine.h"

namespace gimlet::app
{

/// `gimlet health`: asks the node that runs with this configuration whether it is alive. @return The exit
/// code: 0, or 69 when nobody answers.
int healthCommand(const CommandLine& line);

/// The worker id of the node that runs with this configuration. @param http The section of that name.
/// @return Empty with a sentence in error, without full stop, if nobody answers.
std::optional<std::string> runningId(const Settings& http, std::string& error);

}
