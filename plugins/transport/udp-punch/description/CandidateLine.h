#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Candidate.h"

namespace gimlet::udp_punch
{

/// One candidate as descriptions carry it (RFC 8839, section 5.1). Component 1 over UDP only.
struct CandidateLine
{
	/// 1 to 32 characters of A-Z a-z 0-9 + /
	std::string foundation{};
	/// RFC 8445, section 5.1.2: 1 to 2^31 - 1.
	std::uint32_t priority = 0;
	/// Its IP is invalid when hostName is set.
	Endpoint endpoint{};
	/// A name in place of the address: "3f2504e0-4f89-41d3-9a0c-0305e82c3301.local" of a browser; else "".
	std::string hostName{};
	/// The port, which a host name has too.
	std::uint16_t port = 0;
	CandidateType type = CandidateType::Host;
	/// raddr and rport. Browsers that hide addresses say 0.0.0.0 and 0 or 9; a name here is not kept.
	std::optional<Endpoint> related{};

	friend bool operator==(const CandidateLine&, const CandidateLine&) = default;
};

/// No line of a known implementation has half as much, extensions included.
constexpr std::size_t MAX_CANDIDATE_LINE = 512;

/// What became of a line.
struct CandidateVerdict
{
	std::optional<CandidateLine> candidate{};
	/// Well-formed, but TCP, another component, an unknown type, or a name that is none of mDNS (RFC 8839:
	/// an agent ignores these). False for what is malformed, and for a candidate.
	bool notForUs = false;
	/// Why there is no candidate, for the log: a part of a sentence that quotes nothing of the line.
	std::string why{};
};

CandidateVerdict readCandidateLine(std::string_view line);

/// Reads "candidate:FOUNDATION 1 udp PRIORITY ADDRESS PORT typ TYPE [raddr A rport P] [name value]...", with
/// or without "a=" before it; unknown extensions are ignored. Empty for what is malformed and for what is
/// well-formed but not for us (TCP, another component); `why` then says it in words for the log.
std::optional<CandidateLine> parseCandidateLine(std::string_view line, std::string* why = nullptr);

/// The line, without "a=". The port is that of the endpoint, or `port` with a host name.
std::string toString(const CandidateLine& candidate);

}
