#pragma once

#include <cstddef>
#include <cstdint>

#include "node/api/Time.h"

/// Our own choices for hard NATs, with the measurements behind them (FIELD: birthday; docs/PERFORMANCE.md).
namespace gimlet::udp_punch::hard
{

/// How long the plain checks are left alone: they need two round trips where they succeed at all.
inline constexpr Duration PATIENCE = std::chrono::milliseconds{1200};

/// The same for two networks between which it has worked before.
inline constexpr Duration PATIENCE_WHEN_KNOWN = std::chrono::milliseconds{100};

/// How long one round shoots, on the side with many sockets; the other one needs its reach of it.
inline constexpr Duration ROUND = std::chrono::seconds{14};

/// Mappings of NATs live 30 s and longer, but the filters of some are stricter.
inline constexpr Duration SHOOT_AGAIN = std::chrono::seconds{4};

/// Shots of many sockets leave in groups, so that a small NAT is not overrun.
inline constexpr std::size_t GROUP = 32;
inline constexpr Duration GROUP_PAUSE = std::chrono::milliseconds{4};

/// Probes a second: at first, and more each second up to Budget::rate. With 256 mappings 250 probes hit one
/// in 63 of 100 cases; those take 1.5 s.
inline constexpr unsigned FIRST_RATE = 100;

/// Sockets where the NAT gives ports in sequence: the peer walks along it.
inline constexpr std::size_t SEQUENCE_SOCKETS = 25;

/// Two sequences meet at the port that lies so far ahead (FIELD: frp's 25 sockets and offset 20): what else
/// leaves either network meanwhile may take up to 19 ports, and a look that was too new up to five.
inline constexpr int AHEAD = 20;

/// Each round that finds nothing doubles, triples and so on both, up to this: where others make mappings too,
/// the sequences are less and less where they were seen.
inline constexpr std::uint32_t WIDEST = 4;
inline constexpr Duration MEETING = std::chrono::seconds{3};
inline constexpr Duration MEET_AGAIN = std::chrono::milliseconds{250};

/// Of a carrier's block of ports sockets take only this share; a machine may own 32 (FIELD: Cloud NAT).
inline constexpr std::size_t BLOCK_SOCKETS = 12;

/// Ports that lie so close together are of a block.
inline constexpr unsigned BLOCK_SPAN = 256;
/// From fewer that cannot be told.
inline constexpr std::size_t BLOCK_SAMPLES = 4;

/// A sequence is walked along from where it was seen last, so many ports.
inline constexpr int WALK = 320;

/// How long a fresh look at the own NAT may take before the last one must do.
inline constexpr Duration SAMPLING = std::chrono::milliseconds{400};

/// How long an answer to a proposal may take.
inline constexpr Duration ANSWER = std::chrono::seconds{3};

/// Between rounds that found nothing, doubled each time (HyperDHT: 20 s).
inline constexpr Duration FIRST_PAUSE = std::chrono::seconds{5};
inline constexpr Duration LAST_PAUSE = std::chrono::minutes{5};

/// Hops of the first shots: through the NATs of this side, not to those of the other, which may take an
/// unknown flow amiss (FIELD: HyperDHT's 5).
inline constexpr unsigned FEW_HOPS = 5;

}
