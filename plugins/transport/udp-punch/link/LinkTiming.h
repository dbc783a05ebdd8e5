#pragma once

#include "node/api/Time.h"

/// Our own choices of the link above ICE; ICE's are in ice/Timing.h.
namespace gimlet::udp_punch::timing
{

/// How long the agent may look for another path among those it knows before the controlling side asks for new
/// credentials and addresses. A rebound NAT is met by the agent itself, a new network is not.
inline constexpr Duration RESTART_AFTER_DOUBT = std::chrono::milliseconds{1500};

/// The controlled side waits longer, so that one restart is under way, not two.
inline constexpr Duration CONTROLLED_WAITS = std::chrono::milliseconds{2000};

/// Between restarts of a link that stays down: doubled each time, but no longer than LAST_RECENT_RETRY while
/// it is down since RECENT, so that it is back within seconds when the network is.
inline constexpr Duration FIRST_RETRY = std::chrono::seconds{3};
inline constexpr Duration LAST_RECENT_RETRY = std::chrono::seconds{4};
inline constexpr Duration RECENT = std::chrono::minutes{3};
inline constexpr Duration LAST_RETRY = std::chrono::seconds{30};

/// The first retransmission of a handshake over a path whose round trip nobody has measured yet.
inline constexpr Duration UNKNOWN_HANDSHAKE_TIMEOUT = std::chrono::milliseconds{300};

/// The first retransmission of a handshake flight: the round trip and a half of it for the peer's own work,
/// at least this much (RFC 9147 and WebRTC practice: 50 ms).
inline constexpr Duration LEAST_HANDSHAKE_TIMEOUT = std::chrono::milliseconds{50};

/// Without a direct path for so long though neither NAT is hard, a fresh port is tried; plain checks that
/// succeed need less than a second.
inline constexpr Duration STUCK = std::chrono::milliseconds{2500};
inline constexpr Duration CONTROLLED_STUCK = std::chrono::seconds{6};
/// Before that is said again to a host that had no fresh port to give.
inline constexpr Duration STUCK_AGAIN = std::chrono::seconds{10};
/// Without a link, a peer that has described itself so lately is there.
inline constexpr Duration FRESH_DESCRIPTION = std::chrono::seconds{20};

/// Status is told to the node at most so often while only its numbers change.
inline constexpr Duration STATUS_INTERVAL = std::chrono::seconds{5};

}
