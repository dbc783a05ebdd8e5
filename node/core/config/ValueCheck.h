#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/ConfigKey.h"

namespace gimlet::core
{

/// Checks one value against its declaration.
/// @return What is wrong and what would be right, without a full stop; empty if the value will do.
std::optional<std::string> checkValue(const GimletConfigKey& key, std::string_view value);

/// What a key takes, in a few words: "a whole number, 1 to 65535", "text | json | auto".
std::string describeType(const GimletConfigKey& key);

/// The choices of a constraint "one | other | third".
std::vector<std::string> splitChoices(std::string_view constraint);

/// A port number, 0 to 65535; empty if it is none.
std::optional<std::uint16_t> parsePort(std::string_view text);

}
