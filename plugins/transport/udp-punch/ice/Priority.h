#pragma once

#include <cstdint>

#include "node/api/Candidate.h"

namespace gimlet::udp_punch::ice
{

/// RFC 8445, section 5.1.2.2: 126 for host, 110 for peer-reflexive, 100 for server-reflexive candidates, 0
/// for relayed ones.
std::uint32_t typePreference(CandidateType type);

/// RFC 8445, section 5.1.2.1, for component 1.
std::uint32_t candidatePriority(CandidateType type, std::uint16_t localPreference);

/// RFC 8445, section 6.1.2.3.
std::uint64_t pairPriority(std::uint32_t controlling, std::uint32_t controlled);

}
