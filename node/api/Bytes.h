#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gimlet
{

/// Bytes that somebody else owns. Valid for the call that received them, no longer.
using ByteView = std::span<const std::uint8_t>;

/// Bytes that are owned.
using Buffer = std::vector<std::uint8_t>;

/// The bytes of a text, not copied.
inline ByteView asBytes(std::string_view text)
{
	return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The text in some bytes, not copied and not checked to be UTF-8.
inline std::string_view asText(ByteView bytes)
{
	return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}
