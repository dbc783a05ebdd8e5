#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "node/api/Endpoint.h"

/// The relay of a rendezvous (docs/PROTOCOL.md, section 1): how its members are called, and how what they
/// send is framed. Pure; any thread.
namespace gimlet::relay
{

/// What names a member of a room to the relay and in its frames: the lower half of its relay address.
using Key = std::uint64_t;

/// Relay addresses have one port, the discard service's (RFC 863), which nothing else here uses.
inline constexpr std::uint16_t PORT = 9;

/// The first 8 bytes, in network order, of SHA-256 over "gimlet-relay-1", the room and the id, with a line
/// feed between them. So a member keeps its address when it or the rendezvous comes back, and anybody who may
/// see both can tell it. @param id In lower case.
Key keyOf(std::string_view room, std::string_view id);

/// 100::/64 with the key as its lower half, port PORT.
Endpoint addressOf(Key key);

/// The key in a relay address; empty for any other address, and for another port than PORT.
std::optional<Key> keyOf(const Endpoint& address);

}
