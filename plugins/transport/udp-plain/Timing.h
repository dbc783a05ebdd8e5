#pragma once

#include <array>
#include <chrono>

#include "node/api/Time.h"

/// Every duration and bound of udp-plain. What WIRE or docs/PROTOCOL.md, section 3, prescribe stands first.
namespace gimlet::udp_plain
{

using namespace std::chrono_literals;

// Prescribed.

/// The moments of a round of punches, from its beginning. The first three are the first version's, half a
/// second apart; the others reach a peer that got its offer late.
inline constexpr std::array<std::chrono::milliseconds, 10> PUNCH_SCHEDULE{
	0ms, 500ms, 1000ms, 1500ms, 2000ms, 3000ms, 5000ms, 8000ms, 12000ms, 17000ms};

/// Datagrams to an address that has not answered, for one claim (an offer or a signal) that somebody is
/// there.
inline constexpr unsigned ALLOWANCE = PUNCH_SCHEDULE.size();

/// A message is sent again after this time, then after twice as long, up to the second.
inline constexpr auto FIRST_RETRANSMISSION = 300ms;
inline constexpr auto LAST_RETRANSMISSION = 3000ms;

// Our choices.

/// Between two datagrams to an address that has not answered.
inline constexpr auto LEAST_SPACING = 250ms;

/// Messages to one peer that have gone out and await their acknowledgement.
inline constexpr std::size_t WINDOW = 16;

/// Ids remembered of one peer, so that what comes twice is shown once.
inline constexpr std::size_t REMEMBERED_IDS = 1024;

/// How late the other side's keepalive may be before it is asked for.
inline constexpr auto TURN_TOLERANCE = 1s;

/// A keepalive that is not answered is followed by others this far apart...
inline constexpr auto PROBE_INTERVAL = 500ms;

/// ...of which so many stay unanswered before the link is called silent: two seconds. A mapping that a NAT
/// has forgotten is thus noticed 10.5 s later at most. Of the 20 s in which the link must be back, the rest
/// is for the rendezvous, whose connection broke as well: it lets a version 4 id in again only when the old
/// connection has not answered for 5 s.
inline constexpr unsigned PROBES_UNTIL_SILENT = 4;

/// So many are then sent one second apart, and so many again five seconds apart; later ones keep the
/// keepalive's interval.
inline constexpr unsigned PROBES_EACH_SECOND = 20;
inline constexpr unsigned PROBES_EACH_FIVE_SECONDS = 8;

/// How long after the last datagram of a lost peer its addresses are still knocked at. It answered before, so
/// this asks for nobody's leave; without it two nodes would not find each other again while the rendezvous is
/// away.
inline constexpr auto KNOCKING = 10min;

/// Datagrams of a peer that come so soon after its goodbye were sent before it.
inline constexpr auto OVERTAKEN_BY_GOODBYE = 2s;

/// An attempt without an answer is begun anew by a signal to the peer, at first this often...
inline constexpr auto RETRY_INTERVAL = 20s;

/// ...and after so many times, this often, for as long as the peer is in the room.
inline constexpr unsigned QUICK_RETRIES = 15;
inline constexpr auto SLOW_RETRY_INTERVAL = 60s;

/// The least time between two answers to a peer's wish to begin anew.
inline constexpr auto ANSWER_INTERVAL = 5s;

/// A peer of the first version is called silent in its link's reason when nothing came for so long.
inline constexpr auto QUIET_AFTER = 30s;

/// Addresses of one peer: those that it named (MS-ICE2 allows 20), and those of its ports that were followed.
inline constexpr std::size_t MAX_NAMED_ROUTES = 20;
inline constexpr std::size_t MAX_FOLLOWED_ROUTES = 4;

/// Claims on one target address: so many at once, then one each second. A claim is worth ALLOWANCE datagrams
/// of less than 100 bytes, so nobody receives more than 1 kB/s in our name.
inline constexpr unsigned CLAIMS_AT_ONCE = 64;
inline constexpr auto CLAIM_INTERVAL = 1s;
inline constexpr std::size_t MAX_CLAIMED_ADDRESSES = 4096;

}
