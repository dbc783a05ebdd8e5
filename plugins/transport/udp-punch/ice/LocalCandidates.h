#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "node/api/Candidate.h"
#include "plugins/transport/udp-punch/description/CandidateLine.h"

namespace gimlet::udp_punch::ice
{

/// Where checks are sent from: a port and an address family. A server-reflexive candidate has the base of the
/// host candidate that it stands for, so the two are one here (RFC 8445, section 6.1.2.4); and which of the
/// host's addresses a datagram leaves from is the kernel's choice, as for any datagram.
struct Base
{
	Port* port = nullptr;
	int family = 0;
	/// Of the best candidate that it serves.
	std::uint32_t priority = 0;
	std::uint16_t localPreference = 0;
	std::string foundation{};
};

/// Our candidates, and the lines that tell them.
class LocalCandidates
{
public:
	/// @return The line to tell; empty if redundant (the address is known already) or beyond the limit.
	std::optional<CandidateLine> add(const Candidate& candidate);

	/// @return The line to withdraw; empty if it was not there.
	std::optional<CandidateLine> remove(const Candidate& candidate);

	void removePort(const Port& port);

	/// @param of Whether to tell those of a port; empty means all.
	std::vector<CandidateLine> lines(const std::function<bool(const Port*)>& of = {}) const;

	/// Each port and family once.
	std::vector<Base> bases() const;

	/// Of which type an address of ours is that a peer has seen (RFC 8445, section 7.2.5.3.1).
	CandidateType typeOf(const Endpoint& mapped) const;

	bool empty() const
	{
		return _entries.empty();
	}

private:
	struct Entry
	{
		Candidate candidate;
		CandidateLine line;
		std::uint16_t localPreference = 0;
	};

	std::uint16_t freePreference(const Candidate& candidate) const;
	std::string foundationOf(const Candidate& candidate);

	std::vector<Entry> _entries;
	/// RFC 8445, section 5.1.1.3: type, base address, server. The foundation is its place here.
	std::vector<std::tuple<CandidateType, std::string, std::string>> _foundations;
};

}
