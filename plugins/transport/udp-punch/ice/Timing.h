#pragma once

#include <chrono>
#include <cstddef>

#include "node/api/Time.h"

namespace gimlet::udp_punch::ice
{

/// Every duration and bound of the agent. What a specification prescribes stands first.
struct Timing
{
	// Prescribed.

	/// Between two new checks (RFC 8445, section 14.2: "SHOULD use a default value of 50 ms").
	static constexpr auto TA = std::chrono::milliseconds{50};

	/// Before the first retransmission, at least (RFC 8445, section 14.3; RFC 8489, section 6.2.1).
	static constexpr auto LEAST_RTO = std::chrono::milliseconds{500};

	/// Requests sent in all, and RTOs to wait after the last one (RFC 8489, section 6.2.1): with the least
	/// RTO they go out after 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s and the check has failed after 39.5 s.
	static constexpr unsigned RC = 7;
	static constexpr unsigned RM = 16;

	/// An agent does not fail before, even if no pair is left: the peer's own checks may still come (RFC
	/// 8863, section 4: as long as one transaction lasts).
	static constexpr auto PATIENCE = std::chrono::milliseconds{39500};

	/// RFC 7675, section 5.1: between two consent checks, each time multiplied by 0.8 to 1.2.
	static constexpr auto CONSENT_INTERVAL = std::chrono::seconds{5};
	static constexpr double LEAST_CONSENT_FACTOR = 0.8;
	static constexpr double MOST_CONSENT_FACTOR = 1.2;

	/// RFC 8899, sections 5.1.1 ("MUST NOT be smaller than 1 second" without a better estimate) and 5.1.2.
	static constexpr auto PROBE_TIMER = std::chrono::seconds{1};
	static constexpr unsigned MAX_PROBES = 3;

	// Our choices.

	/// So many checks go out at once before Ta spaces them. A peer seldom has more than six pairs, so nearly
	/// always the first round trip tries them all; six requests are 800 bytes, less than one full packet.
	static constexpr unsigned BURST = 6;

	/// The selected pair is asked when nothing authenticated was heard on it for so long. With an answer of
	/// the same size an idle link costs about 250 bytes in two seconds each way, and NAT mappings never run
	/// out.
	static constexpr auto SILENCE = std::chrono::seconds{2};

	/// An unanswered question is repeated this often (or after one and a half round trips if that is longer),
	/// as a new request each time: four within the second until doubt, so that with 10 % loss each way all of
	/// them are lost once in 750 times.
	static constexpr auto ASK_AGAIN = std::chrono::milliseconds{250};

	/// The same, once the pair is doubtful: it may come back.
	static constexpr auto ASK_AGAIN_IN_DOUBT = std::chrono::milliseconds{500};

	/// A pair is doubtful when nothing was heard since the first of the unanswered questions and that is so
	/// long ago: together with SILENCE 3 s.
	static constexpr auto DOUBT = std::chrono::seconds{1};

	/// The same if something else is heard by that way: then a queue on the way out is the likelier reason.
	static constexpr auto DOUBT_ONE_WAY = std::chrono::seconds{3};

	/// The best pair beside the selected one is checked again when it has not answered for so long, so that
	/// its mappings live (30 s in many NATs) and it can take over at once. Eight datagrams in that time for
	/// both.
	static constexpr auto STANDBY = std::chrono::seconds{20};

	/// Before a nomination is sent again on a pair whose round trip is known: three of them, but at least
	/// this (RFC 8489, section 6.2.1, asks for an RTO of its own where it can be measured) and at most the
	/// RTO of other checks.
	static constexpr auto LEAST_KNOWN_RTO = std::chrono::milliseconds{100};

	/// A pair that has answered within this time need not be checked before it is used: consent checks ask no
	/// more often.
	static constexpr auto FRESH = std::chrono::seconds{5};

	/// How long an answer to a question that is not repeated counts.
	static constexpr auto ANSWER_TIMEOUT = std::chrono::seconds{8};

	/// How long after a restart's first selection the former credentials still serve checks on the way.
	static constexpr auto OLD_CREDENTIALS = std::chrono::seconds{10};

	/// Requests to an address that has not answered, per generation: a whole check and some that the peer's
	/// own checks have triggered.
	static constexpr unsigned ALLOWANCE = 10;

	/// Addresses that such requests may go to, per generation: those that a peer may name at once, those that
	/// it is seen from, and some that trickle in later. So a peer's word moves no more than 640 datagrams,
	/// and while the link is relayed as many each time that direct pairs are tried again.
	static constexpr std::size_t MAX_ADDRESSES = 64;

	/// Peer-reflexive candidates: beside the 20 that were named, for the peer has proved to know our
	/// password.
	static constexpr std::size_t MAX_PEER_REFLEXIVE = 10;

	/// Checks that came before the peer's credentials.
	static constexpr std::size_t MAX_EARLY = 16;

	/// Candidates of our own.
	static constexpr std::size_t MAX_LOCAL = 40;

	/// Requests under way; a pair has one, and those that it has replaced.
	static constexpr std::size_t MAX_TRANSACTIONS = 160;

	/// Datagrams that await pollTransmit(); more are dropped like any datagram.
	static constexpr std::size_t MAX_OUTGOING = 256;

	/// Candidates of a peer that are relayed, and pairs over relays; beside the others, of which there may be
	/// so many that these, whose priority is the least, would never have a place.
	static constexpr std::size_t MAX_RELAYED = 4;
	static constexpr std::size_t MAX_RELAYED_PAIRS = 12;

	/// While a link goes over a relay, direct pairs that have failed are tried again after so long, twice as
	/// long each time; Tailscale tries every 60 s. Each time an address gets its ALLOWANCE anew.
	static constexpr auto FIRST_DIRECT_PAUSE = std::chrono::seconds{10};
	static constexpr auto LAST_DIRECT_PAUSE = std::chrono::seconds{60};

	/// Of two pairs the one is clearly faster when it gains so much, and a quarter.
	static constexpr auto CLEAR_GAIN = std::chrono::milliseconds{10};
};

}
