#pragma once

#include <optional>
#include <string>

#include "node/api/Peer.h"
#include "node/api/Time.h"

namespace gimlet::udp_plain
{

/// What the reason of a link's state is made of.
struct ReasonFacts
{
	LinkState state = LinkState::Waiting;
	bool ours = false;
	/// Whether the rendezvous has the peer in the room.
	bool present = false;
	/// Whether the last that was heard is that the peer ends.
	bool saidGoodbye = false;
	/// Addresses of the peer that are known.
	std::size_t addresses = 0;
	/// Keepalives without an answer.
	unsigned unanswered = 0;
	/// When the state began, and when the peer was last heard, if ever.
	TimePoint since;
	std::optional<TimePoint> heard;
	TimePoint now;
	/// The wall-clock time at now.
	WallTime wall{0};
};

/// Why the link is as it is, in words for people. Times of day are UTC, so that the sentence stays true while
/// it is shown.
std::string reason(const ReasonFacts& facts);

}
