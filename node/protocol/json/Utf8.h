#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gimlet::json
{

/// The length of the well-formed UTF-8 sequence (RFC 3629: no surrogates, no overlong forms, nothing above
/// U+10FFFF) that begins at a position; 0 if there is none. The position must be inside the text.
std::size_t utf8Sequence(std::string_view text, std::size_t at);

bool isUtf8(std::string_view text);

/// How many characters (code points) a well-formed text has.
std::size_t utf8Length(std::string_view text);

/// Appends a code point, which must be a Unicode scalar value.
void appendUtf8(std::string& out, std::uint32_t codePoint);

}
