#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Bytes.h"

/// RFC 4648, section 4, in its one spelling: the standard alphabet, padded, without line breaks.
namespace gimlet::base64
{

std::string encode(ByteView bytes);

/// Reads what encode() writes and nothing else, so that no two texts mean the same bytes.
/// @param maxLength Of the bytes.
std::optional<Buffer> decode(std::string_view text, std::size_t maxLength);

}
