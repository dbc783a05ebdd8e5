#pragma once

#include <span>
#include <string>
#include <vector>

#include "node/api/ConfigKey.h"
#include "node/core/config/Schema.h"

namespace gimlet::core
{

/// The keys of [node].
std::span<const GimletConfigKey> nodeKeys();

/// The keys of [log].
std::span<const GimletConfigKey> logKeys();

/// The sections that belong to no plugin, in the order in which etc/node.ini has them: node, http, log.
std::vector<Schema::Section> coreSections();

/// What a core section is about, in a sentence.
std::string coreSummary(const std::string& section);

}
