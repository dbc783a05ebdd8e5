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

bool CandidateBook::add(const Candidate& candidate)
{
	const bool known = std::any_of(_candidates.begin(), _candidates.end(),
		[&candidate](const auto& other) { return same(candidate, other); });
	if (!known)
		_candidates.push_back(candidate);
	else if (candidate.type != CandidateType::Host) // those come of one place, at each look
		_foundAgain.push_back(candidate);
	return !known;
}

bool CandidateBook::remove(const Candidate& candidate)
{
	const auto isIt = [&candidate](const auto& other) { return same(candidate, other); };
	if (const auto other = std::find_if(_foundAgain.begin(), _foundAgain.end(), isIt);
		other != _foundAgain.end())
	{
		_foundAgain.erase(other);
		return false;
	}
	return std::erase_if(_candidates, isIt) > 0;
}

bool CandidateBook::removePort(const Port& port)
{
	_mappings.erase(&port);
	const auto ofPort = [&port](const auto& candidate) { return candidate.port == &port; };
	std::erase_if(_foundAgain, ofPort);
	return std::erase_if(_candidates, ofPort) > 0;
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

std::optional<Endpoint> CandidateBook::best() const
{
	const auto found = std::min_element(_candidates.begin(), _candidates.end(),
		[](const auto& one, const auto& other) { return rank(one) < rank(other); });
	// What is relayed is reached by nobody who does not know how.
	if (found == _candidates.end() || found->type == CandidateType::Relayed)
		return std::nullopt;
	return found->endpoint;
}

bool CandidateBook::hasReflexive() const
{
	return std::any_of(_candidates.begin(), _candidates.end(),
		[](const auto& candidate) { return candidate.type == CandidateType::ServerReflexive; });
}

}
