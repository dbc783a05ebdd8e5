#pragma once

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
	std::string foundation;
	/// RFC 8445, section 5.1.2: 1 to 2^31 - 1.
	std::uint32_t priority = 0;
	/// Its IP is invalid when hostName is set.
	Endpoint endpoint;
	/// A name in place of the address: "3f2504e0-4f89-41d3-9a0c-0305e82c3301.local" of a browser; else "".
	std::string hostName;
	/// The port, which a host name has too.
	std::uint16_t port = 0;
	CandidateType type = CandidateType::Host;
	/// raddr and rport.
	std::optional<Endpoint> related;

	friend bool operator==(const CandidateLine&, const CandidateLine&) = default;
};

/// Reads "candidate:FOUNDATION 1 udp PRIORITY ADDRESS PORT typ TYPE [raddr A rport P] [name value]...", with
/// or without "a=" before it. Empty for what is malformed and for what is well-formed but not for us (TCP,
/// another component); `why` then says it in words for the log.
std::optional<CandidateLine> parseCandidateLine(std::string_view line, std::string* why = nullptr);

/// The line, without "a=".
std::string toString(const CandidateLine& candidate);

}
