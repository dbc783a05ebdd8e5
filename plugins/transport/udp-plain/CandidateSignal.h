#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet::udp_plain
{

/// What nodes tell each other by way of the rendezvous (docs/PROTOCOL.md, section 3):
/// {"candidates":["192.0.2.7:40001", ...], "again":true}
struct CandidateSignal
{
	std::vector<Endpoint> candidates{};
	/// The sender does not hear the other: it should try anew, and answer with its own candidates.
	bool again = false;
};

std::string encode(const CandidateSignal& signal);

/// @return Empty if it is malformed. Candidates that are no addresses are left out; at most MAX_NAMED_ROUTES
/// are read.
std::optional<CandidateSignal> decodeCandidateSignal(std::string_view text);

/// The addresses at which nodes of the same network may find a port: the private IPv4 ones first, then other
/// IPv4, then IPv6, at most 8 (machines with containers and tunnels have dozens, and most lead nowhere).
/// Loopback and link-local ones are left out. A port that is bound to one address has only that one.
/// @param interfaces The machine's addresses, as gimlet::hostAddresses() tells them.
std::vector<Endpoint> hostCandidates(const Endpoint& bound, const std::vector<Endpoint>& interfaces);

}
