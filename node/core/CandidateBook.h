#pragma once

#include <map>
#include <optional>
#include <vector>

#include "node/api/Candidate.h"

namespace gimlet::core
{

/// What all discoveries together know of the addresses of all ports.
class CandidateBook
{
public:
	/// @return Whether it is new.
	bool add(const Candidate& candidate);

	/// @return Whether it was known.
	bool remove(const Candidate& candidate);

	/// Forgets a port that is about to be destroyed. @return Whether candidates were lost by that.
	bool removePort(const Port& port);

	/// @return Whether that changes anything.
	bool setMapping(const Port& port, MappingBehaviour behaviour);

	/// The worst that was seen over all ports.
	MappingBehaviour mapping() const;

	/// The one address for offers that carry one: server-reflexive before host, IPv4 before IPv6 (workers
	/// of the first version know no other), and of equals the one found first.
	std::optional<Endpoint> best() const;

	const std::vector<Candidate>& all() const
	{
		return _candidates;
	}

	bool hasReflexive() const;

private:
	std::vector<Candidate> _candidates;
	std::map<const Port*, MappingBehaviour> _mappings;
};

}
