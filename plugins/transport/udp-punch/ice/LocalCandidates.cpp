#include "plugins/transport/udp-punch/ice/LocalCandidates.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Priority.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

namespace
{

/// Foundations remembered. They outlive their candidates, so that one that returns has the same name.
constexpr std::size_t MAX_FOUNDATIONS = 4 * Timing::MAX_LOCAL;

std::optional<Endpoint> relatedOf(const Candidate& candidate)
{
	if (candidate.type == CandidateType::Host)
		return std::nullopt;
	if (candidate.base.valid())
		return candidate.base;
	return Endpoint::any(candidate.endpoint.family(), candidate.endpoint.port());
}

}

std::optional<CandidateLine> LocalCandidates::add(const Candidate& candidate)
{
	if (!candidate.port || !candidate.endpoint.valid() || candidate.endpoint.isUnspecified())
		return std::nullopt;
	const auto known = std::ranges::find_if(
		_entries, [&](const Entry& entry) { return entry.candidate.endpoint == candidate.endpoint; });
	if (known != _entries.end())
	{
		// RFC 8445, section 5.1.3: of two the one with the lower priority is redundant.
		if (typePreference(known->candidate.type) >= typePreference(candidate.type))
			return std::nullopt;
		_entries.erase(known);
	}
	if (_entries.size() >= Timing::MAX_LOCAL)
		return std::nullopt;
	Entry entry;
	entry.candidate = candidate;
	entry.localPreference = freePreference(candidate);
	entry.line.foundation = foundationOf(candidate);
	entry.line.priority = candidatePriority(candidate.type, entry.localPreference);
	entry.line.endpoint = candidate.endpoint;
	entry.line.port = candidate.endpoint.port();
	entry.line.type = candidate.type;
	entry.line.related = relatedOf(candidate);
	return _entries.emplace_back(std::move(entry)).line;
}

std::optional<CandidateLine> LocalCandidates::remove(const Candidate& candidate)
{
	const auto found = std::ranges::find_if(_entries, [&](const Entry& entry)
		{ return entry.candidate.endpoint == candidate.endpoint && entry.candidate.port == candidate.port; });
	if (found == _entries.end())
		return std::nullopt;
	auto line = std::move(found->line);
	_entries.erase(found);
	return line;
}

void LocalCandidates::removePort(const Port& port)
{
	std::erase_if(_entries, [&](const Entry& entry) { return entry.candidate.port == &port; });
}

std::vector<CandidateLine> LocalCandidates::lines(const std::function<bool(const Port*)>& of) const
{
	std::vector<CandidateLine> lines;
	for (const auto& entry : _entries)
		if (!of || of(entry.candidate.port))
			lines.push_back(entry.line);
	return lines;
}

std::vector<Base> LocalCandidates::bases() const
{
	std::vector<Base> bases;
	for (const auto& entry : _entries)
	{
		const int family = entry.candidate.endpoint.family();
		auto found = std::ranges::find_if(bases,
			[&](const Base& base) { return base.port == entry.candidate.port && base.family == family; });
		if (found == bases.end())
			found = bases.insert(bases.end(), Base{.port = entry.candidate.port, .family = family});
		if (entry.line.priority <= found->priority)
			continue;
		found->priority = entry.line.priority;
		found->localPreference = entry.localPreference;
		found->foundation = entry.line.foundation;
	}
	return bases;
}

CandidateType LocalCandidates::typeOf(const Endpoint& mapped) const
{
	for (const auto& entry : _entries)
		if (entry.candidate.endpoint == mapped)
			return entry.candidate.type;
	return CandidateType::PeerReflexive;
}

/// RFC 8421, section 4: the families take turns, so that a dead one delays the other little. IPv6 has the
/// odd numbers, thus the first.
std::uint16_t LocalCandidates::freePreference(const Candidate& candidate) const
{
	std::uint16_t preference = candidate.endpoint.isV6() ? 65535 : 65534;
	const auto taken = [&](const Entry& entry)
	{ return entry.candidate.type == candidate.type && entry.localPreference == preference; };
	while (std::ranges::any_of(_entries, taken))
		preference = static_cast<std::uint16_t>(preference - 2);
	return preference;
}

std::string LocalCandidates::foundationOf(const Candidate& candidate)
{
	const auto base = candidate.base.valid() ? candidate.base : Endpoint::any(candidate.endpoint.family(), 0);
	const auto server = candidate.type == CandidateType::Host ? std::string{} : candidate.source;
	const std::tuple key{candidate.type, base.addressString(), server};
	auto found = std::ranges::find(_foundations, key);
	if (found == _foundations.end())
	{
		if (_foundations.size() >= MAX_FOUNDATIONS)
			_foundations.clear();
		found = _foundations.insert(_foundations.end(), key);
	}
	return std::to_string(found - _foundations.begin() + 1);
}

}
