#include "node/core/CandidateBook.h"

#include <algorithm>
#include <tuple>

namespace gimlet::core
{

namespace
{

bool same(const Candidate& one, const Candidate& other)
{
	return one.type == other.type && one.endpoint == other.endpoint && one.port == other.port;
}

auto rank(const Candidate& candidate)
{
	const int type = candidate.type == CandidateType::ServerReflexive ? 0
					 : candidate.type == CandidateType::Host          ? 1
																	  : 2;
	return std::tuple{type, candidate.endpoint.isV4() ? 0 : 1};
}

}

bool CandidateBook::add(const Candidate& candidate, const std::string& finder)
{
	const auto known =
		std::ranges::find_if(_entries, [&](const Entry& entry) { return same(candidate, entry.candidate); });
	if (known == _entries.end())
	{
		_entries.push_back({candidate, {finder}});
		return true;
	}
	known->finders.insert(finder);
	return false;
}

bool CandidateBook::remove(const Candidate& candidate, const std::string& finder)
{
	const auto known =
		std::ranges::find_if(_entries, [&](const Entry& entry) { return same(candidate, entry.candidate); });
	if (known == _entries.end() || known->finders.erase(finder) == 0 || !known->finders.empty())
		return false;
	_entries.erase(known);
	return true;
}

bool CandidateBook::removePort(const Port& port)
{
	_mappings.erase(&port);
	return std::erase_if(_entries, [&port](const Entry& entry) { return entry.candidate.port == &port; }) > 0;
}

bool CandidateBook::setMapping(const Port& port, MappingBehaviour behaviour)
{
	const auto before = mapping();
	_mappings[&port] = behaviour;
	return mapping() != before;
}

MappingBehaviour CandidateBook::mapping() const
{
	auto result = MappingBehaviour::Unknown;
	for (const auto& [port, behaviour] : _mappings)
		result = std::max(result, behaviour);
	return result;
}

std::vector<Candidate> CandidateBook::all() const
{
	std::vector<Candidate> result;
	result.reserve(_entries.size());
	for (const auto& entry : _entries)
		result.push_back(entry.candidate);
	return result;
}

std::optional<Endpoint> CandidateBook::best() const
{
	const auto found =
		std::ranges::min_element(_entries, {}, [](const Entry& entry) { return rank(entry.candidate); });
	// What is relayed is reached by nobody who does not know how.
	if (found == _entries.end() || found->candidate.type == CandidateType::Relayed)
		return std::nullopt;
	return found->candidate.endpoint;
}

bool CandidateBook::hasReflexive() const
{
	return std::ranges::any_of(
		_entries, [](const Entry& entry) { return entry.candidate.type == CandidateType::ServerReflexive; });
}

}
