#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace gimlet::http1
{

/// Takes the next line off a head whose lines all end in CRLF.
std::string_view nextLine(std::string_view& rest);

/// Splits "Name: value" (RFC 9112, section 5) strictly: no white space before the colon, no folded line, no
/// control character in the value. Empty if it is not that.
std::optional<std::pair<std::string_view, std::string_view>> splitField(std::string_view line);

}
