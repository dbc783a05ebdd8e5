#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "node/api/Bytes.h"
#include "node/protocol/relay/Address.h"

namespace gimlet::relay
{

/// One datagram on its way through the relay: the payload of a binary WebSocket frame, which is the other
/// member's key in network order and then the datagram.
struct Frame
{
	/// Towards the rendezvous for whom it is, from there by whom.
	Key other = 0;
	/// A view into what was parsed.
	ByteView datagram;
};

inline constexpr std::size_t KEY_SIZE = 8;
/// Ethernet's: what a datagram of a link may measure.
inline constexpr std::size_t MAX_DATAGRAM = 1500;
inline constexpr std::size_t MAX_FRAME = KEY_SIZE + MAX_DATAGRAM;

inline Key readKey(const std::uint8_t* bytes)
{
	Key key = 0;
	for (std::size_t i = 0; i < KEY_SIZE; ++i)
		key = key << 8U | bytes[i];
	return key;
}

inline void writeKey(std::uint8_t* bytes, Key key)
{
	for (std::size_t i = KEY_SIZE; i-- > 0; key >>= 8U)
		bytes[i] = static_cast<std::uint8_t>(key);
}

/// Empty unless the payload is a key and 1 to MAX_DATAGRAM bytes.
std::optional<Frame> parseFrame(ByteView payload);

/// Writes a frame, and returns the part of the room that it takes. Empty, and nothing is written, for a
/// datagram that is empty or too long.
ByteView writeFrame(std::array<std::uint8_t, MAX_FRAME>& room, const Frame& frame);

}
