#pragma once

#include <chrono>
#include <cstddef>

#include "node/api/TokenBucket.h"

/// When things happen on the local network, and how much of anything there may be. All of it is ours.
namespace gimlet::lan
{

/// Between two announcements, give or take a tenth, so that nodes that began together do not stay together.
inline constexpr std::chrono::milliseconds ANNOUNCE_INTERVAL{5'000};
/// The first announcements, after a start and whenever something has changed: wireless networks lose one
/// multicast datagram in ten, and more.
inline constexpr std::chrono::milliseconds BURST[]{
	std::chrono::milliseconds{0}, std::chrono::milliseconds{300}, std::chrono::milliseconds{1'000}};
/// A peer that was not heard for so long is asked directly, and again so often.
inline constexpr std::chrono::milliseconds DOUBT_AFTER{12'000};
inline constexpr std::chrono::milliseconds DOUBT_INTERVAL{3'000};
/// And after so long it is gone.
inline constexpr std::chrono::milliseconds GONE_AFTER{21'000};

/// A signal that is not acknowledged is sent again after this, then twice as long each time up to the
/// longest. A wireless client that saves power answers within 300 ms.
inline constexpr std::chrono::milliseconds FIRST_RETRY{150};
inline constexpr std::chrono::milliseconds LONGEST_RETRY{1'200};
/// So often in all; that takes 8 s.
inline constexpr unsigned MAX_ATTEMPTS = 9;
/// After so many attempts another address of the peer is tried.
inline constexpr unsigned ATTEMPTS_A_PLACE = 3;

/// As at a rendezvous (docs/PROTOCOL.md, section 1).
inline constexpr std::size_t MAX_SIGNAL = 16 * 1024;
/// Together with its header it goes through any tunnel in one piece.
inline constexpr std::size_t FRAGMENT = 1024;
inline constexpr std::size_t MAX_FRAGMENTS = MAX_SIGNAL / FRAGMENT;
inline constexpr std::size_t LARGEST_DATAGRAM = 1400;

inline constexpr std::size_t MAX_PEERS = 128;
/// Ids that one address may have: several nodes run on one machine.
inline constexpr std::size_t MAX_IDS_AN_ADDRESS = 16;
/// Addresses that a peer is reached at: some interfaces, IPv4 and IPv6.
inline constexpr std::size_t MAX_PLACES = 4;
inline constexpr std::size_t MAX_QUEUED_SIGNALS = 64;
inline constexpr std::size_t MAX_QUEUED_BYTES = 128 * 1024;
inline constexpr std::size_t MAX_TRANSPORTS = 16;
inline constexpr std::size_t MAX_SEGMENTS = 16;

/// Datagrams that are looked at.
inline constexpr Rate DATAGRAMS{.burst = 1'000, .perSecond = 500};
/// New peers, and those that begin anew.
inline constexpr Rate NEWCOMERS{.burst = 64, .perSecond = 10};
/// Answers to those who ask.
inline constexpr Rate ANSWERS{.burst = 64, .perSecond = 20};

}
