#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "node/api/Bytes.h"

namespace gimlet::turn
{

/// RFC 8656, section 12: "0x4000 through 0x4FFF: these values are the allowed channel numbers".
constexpr std::uint16_t FIRST_CHANNEL = 0x4000;
constexpr std::uint16_t LAST_CHANNEL = 0x4FFF;

/// RFC 8656, section 12.4: channel number and length, two bytes each.
constexpr std::size_t CHANNEL_HEADER_SIZE = 4;

/// What a server and its client say to each other where a channel is bound (RFC 8656, section 12.4).
struct ChannelData
{
	std::uint16_t number = 0;
	ByteView data; ///< without padding
};

/// Whether the first byte is that of a ChannelData message, and not of a STUN message (RFC 8656, section 12,
/// and RFC 7983: 64 to 79).
constexpr bool isChannelData(std::uint8_t firstByte)
{
	return firstByte >= FIRST_CHANNEL >> 8 && firstByte <= LAST_CHANNEL >> 8;
}

/// Empty for what is too short, or no number of a channel. What follows the message, padding that is, is
/// ignored.
std::optional<ChannelData> parseChannelData(ByteView bytes);

/// Writes a message into the caller's buffer.
/// @param padded Over streams its end is padded to a multiple of 4 (section 12.5); over UDP it need not be.
/// @return Its size; 0 if it does not fit.
std::size_t writeChannelData(std::span<std::uint8_t> out, std::uint16_t number, ByteView data, bool padded);

}
