#pragma once

#include <string>

#include "node/core/config/Schema.h"

namespace gimlet::core
{

/// The lines that etc/*.ini have for one key: its help text, its environment names and type as comments, and
/// `;key = default`.
std::string sampleKey(const std::string& section, const GimletConfigKey& key);

/// A whole section as it stands in etc/*.ini, every key with its default and commented out.
std::string sampleSection(const Schema::Section& section, const std::string& summary);

/// Breaks a text into lines of at most so many characters, between words, each with a prefix.
std::string wrapped(const std::string& text, const std::string& prefix, std::size_t width = 100);

}
