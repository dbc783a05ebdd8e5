#pragma once

#include <cstdint>

#include "node/api/Candidate.h"
#include "node/api/Time.h"

namespace gimlet::udp_punch::ice
{

/// What a pair that works is judged by.
struct Merits
{
	CandidateType localType = CandidateType::Host;
	CandidateType remoteType = CandidateType::Host;
	std::uint64_t priority = 0;
	/// The least that was measured; zero while unknown.
	Duration roundTrip{};
	/// By a port that is a relay's; beside the types, which tell it of the rest.
	bool byRelay = false;
	/// To be given up soon, by one of the sides.
	bool retiring = false;

	bool relayed() const
	{
		return byRelay || localType == CandidateType::Relayed || remoteType == CandidateType::Relayed;
	}
};

/// Whether to leave a pair that works for another: one that needs no relay, or is not to be given up soon, or
/// is clearly faster, or has fewer NATs on its way and is not clearly slower. Never both ways round, so no
/// two agents or pairs take turns.
bool clearlyBetter(const Merits& one, const Merits& current);

/// Of two that work the one to begin with: a direct one, then one that is not to be given up, then the
/// priority decides (RFC 8445, section 8.1.1 leaves it open).
bool preferred(const Merits& one, const Merits& other);

}
