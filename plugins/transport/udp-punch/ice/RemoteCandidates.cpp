#include "plugins/transport/udp-punch/ice/RemoteCandidates.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/AddressRules.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

RemoteCandidates::Outcome RemoteCandidates::add(const CandidateLine& line, Endpoint& dropped)
{
	if (!line.hostName.empty() || !mayTarget(line.endpoint, _allowLoopback))
		return Outcome::Refused;
	if (find(line.endpoint))
		return update(line);
	if (!makeRoom(
			line.type == CandidateType::Relayed ? Class::Relayed : Class::Named, line.priority, dropped))
		return Outcome::Refused;
	// A peer cannot name what only its checks would show (RFC 8445, section 5.1.1 names the three that it
	// can).
	const auto type = line.type == CandidateType::PeerReflexive ? CandidateType::ServerReflexive : line.type;
	_candidates.push_back(
		{.endpoint = line.endpoint, .type = type, .priority = line.priority, .foundation = line.foundation});
	return Outcome::Added;
}

RemoteCandidates::Outcome RemoteCandidates::addPeerReflexive(
	const Endpoint& endpoint, std::uint32_t priority, Endpoint& dropped)
{
	if (find(endpoint))
		return Outcome::Known;
	if (!mayTarget(endpoint, _allowLoopback) || !makeRoom(Class::PeerReflexive, priority, dropped))
		return Outcome::Refused;
	// "an arbitrary value, different from the foundations of all other remote candidates"; no line has a dot.
	_candidates.push_back({.endpoint = endpoint,
		.type = CandidateType::PeerReflexive,
		.priority = priority,
		.foundation = "." + std::to_string(++_serial)});
	return Outcome::Added;
}

RemoteCandidates::Outcome RemoteCandidates::update(const CandidateLine& line)
{
	auto& known = *std::ranges::find(_candidates, line.endpoint, &RemoteCandidate::endpoint);
	if (known.type != CandidateType::PeerReflexive && known.priority >= line.priority)
		return Outcome::Known;
	if (line.type != CandidateType::PeerReflexive)
		known.type = line.type;
	known.priority = line.priority;
	known.foundation = line.foundation;
	return Outcome::Updated;
}

bool RemoteCandidates::remove(const Endpoint& endpoint)
{
	return std::erase_if(_candidates,
			   [&](const RemoteCandidate& candidate) {
				   return candidate.endpoint == endpoint && candidate.type != CandidateType::PeerReflexive;
			   }) != 0;
}

const RemoteCandidate* RemoteCandidates::find(const Endpoint& endpoint) const
{
	const auto found = std::ranges::find(_candidates, endpoint, &RemoteCandidate::endpoint);
	return found == _candidates.end() ? nullptr : &*found;
}

RemoteCandidates::Class RemoteCandidates::classOf(CandidateType type)
{
	if (type == CandidateType::PeerReflexive)
		return Class::PeerReflexive;
	return type == CandidateType::Relayed ? Class::Relayed : Class::Named;
}

std::size_t RemoteCandidates::limitOf(Class kind) const
{
	switch (kind)
	{
	case Class::PeerReflexive:
		return Timing::MAX_PEER_REFLEXIVE;
	case Class::Relayed:
		return Timing::MAX_RELAYED;
	case Class::Named:
		break;
	}
	return _limit;
}

bool RemoteCandidates::makeRoom(Class kind, std::uint32_t priority, Endpoint& dropped)
{
	const auto same = [&](const RemoteCandidate& candidate) { return classOf(candidate.type) == kind; };
	if (static_cast<std::size_t>(std::ranges::count_if(_candidates, same)) < limitOf(kind))
		return true;
	auto worst = _candidates.end();
	for (auto candidate = _candidates.begin(); candidate != _candidates.end(); ++candidate)
		if (same(*candidate) && (worst == _candidates.end() || candidate->priority < worst->priority))
			worst = candidate;
	// Of peer-reflexive ones of equal worth the newest is the likeliest to live: a NAT has moved the peer.
	if (worst == _candidates.end() ||
		(kind == Class::PeerReflexive ? worst->priority > priority : worst->priority >= priority))
		return false;
	dropped = worst->endpoint;
	_candidates.erase(worst);
	return true;
}

}
