#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/protocol/http1/RequestHead.h"

namespace gimlet::http1
{

/// What a request asks for (RFC 9112, section 3.2.1: origin-form).
struct Target
{
	std::string rawPath;  ///< as it came
	std::string rawQuery; ///< as it came, without the '?'
	std::string path;     ///< decoded; begins with '/'
	/// The decoded parts between slashes: valid UTF-8, none of them ".", ".." or empty, none with a slash, a
	/// backslash or a control character.
	std::vector<std::string> segments;
	bool trailingSlash = false; ///< "/folder/"; true for "/"
	/// The decoded query; of a repeated name the first.
	std::map<std::string, std::string> query;
};

/// Takes a request target apart. @return The target, or why it is refused.
std::variant<Target, Fault> parseTarget(std::string_view text);

/// Decodes %XX, and '+' to a space if asked to. Empty if an escape is malformed.
std::optional<std::string> percentDecoded(std::string_view text, bool plusIsSpace = false);

/// A raw query without one of its names.
std::string queryWithout(std::string_view rawQuery, std::string_view name);

}
