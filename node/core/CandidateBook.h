#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/api/Candidate.h"

namespace gimlet::core
{

/// What all discoveries together know of the addresses of all ports.
class CandidateBook
{
public:
	/// @param finder Who has found it, for the first time or again. @return Whether nobody had before.
	bool add(const Candidate& candidate, const std::string& finder);

	/// @param finder Who has lost it. @return Whether it was the last one that knew it; not if it never did.
	bool remove(const Candidate& candidate, const std::string& finder);

	/// Forgets a port that is about to be destroyed. @return Whether candidates were lost by that.
	bool removePort(const Port& port);

	/// @return Whether that changes anything.
	bool setMapping(const Port& port, MappingBehaviour behaviour);

	/// The worst that was seen over all ports.
	MappingBehaviour mapping() const;

	/// The one address for offers that carry one: server-reflexive before host, IPv4 before IPv6 (workers
	/// of the first version know no other), and of equals the one found first.
	std::optional<Endpoint> best() const;

	/// In the order in which they were found.
	std::vector<Candidate> all() const;

	bool hasReflexive() const;

private:
	struct Entry
	{
		Candidate candidate;
		std::set<std::string> finders; ///< who have not lost it since; never empty
	};

	std::vector<Entry> _entries;
	std::map<const Port*, MappingBehaviour> _mappings;
};

}
