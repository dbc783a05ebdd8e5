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
	/// A discovery has found it. @return Whether nobody had before.
	bool add(const Candidate& candidate);

	/// A discovery that has found it has lost it. @return Whether it was the last one that knew it.
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
	/// What more than one discovery has found, once for each but the first.
	std::vector<Candidate> _foundAgain;
	std::map<const Port*, MappingBehaviour> _mappings;
};

}
