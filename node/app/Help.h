#pragma once

#include <string>

namespace gimlet::app
{

/// What --help prints.
std::string helpText();

/// What --version prints.
std::string versionText();

}
