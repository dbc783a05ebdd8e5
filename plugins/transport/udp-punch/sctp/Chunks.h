#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "node/api/Bytes.h"

namespace gimlet::udp_punch::sctp
{

/// Chunk types (RFC 9260, section 3.2; RFC 8260; RFC 6525).
namespace chunk
{
constexpr std::uint8_t DATA = 0;
constexpr std::uint8_t SACK = 3;
constexpr std::uint8_t IDATA = 64;
constexpr std::uint8_t RECONFIG = 130;
}

inline std::uint16_t read16(ByteView bytes, std::size_t at)
{
	return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

inline std::uint32_t read32(ByteView bytes, std::size_t at)
{
	return static_cast<std::uint32_t>(read16(bytes, at)) << 16U | read16(bytes, at + 2);
}

/// TSNs are serial numbers: beyond means less than half the circle ahead (RFC 9260, section 1.6).
inline bool tsnBeyond(std::uint32_t one, std::uint32_t other)
{
	return static_cast<std::int32_t>(one - other) > 0;
}

/// Calls visit(type, value) for each item of type, 16 bits of length that count a header of 4, and padding to
/// 4: the chunks of a packet (8 bits of type and 8 of flags) or the parameters of a chunk (16 bits of type).
/// What does not fit ends the walk.
template <typename Visit>
void eachItem(ByteView items, Visit visit)
{
	constexpr std::size_t HEADER = 4;
	while (items.size() >= HEADER)
	{
		const std::size_t length = read16(items, 2);
		if (length < HEADER || length > items.size())
			return;
		visit(read16(items, 0), items.subspan(HEADER, length - HEADER));
		items = items.subspan(std::min(items.size(), (length + 3) & ~std::size_t{3}));
	}
}

/// Calls visit(type, value) for each chunk of a packet.
template <typename Visit>
void eachChunk(ByteView packet, Visit visit)
{
	constexpr std::size_t COMMON_HEADER = 12;
	if (packet.size() > COMMON_HEADER)
		eachItem(packet.subspan(COMMON_HEADER),
			[&](std::uint16_t type, ByteView value) { visit(static_cast<std::uint8_t>(type >> 8U), value); });
}

}
