// Under which addresses peers are told to try; see UdpPunch.cpp for the rest.
#include "plugins/transport/udp-punch/UdpPunch.h"

#include <algorithm>
#include <utility>

#include "node/api/HostAddresses.h"
#include "node/api/Log.h"

namespace gimlet::udp_punch
{

namespace
{

/// Candidates of a port that discovery found; more than a few servers agree upon none.
constexpr std::ptrdiff_t MAX_FOUND = 8;

}

/// The port's address or, where it has them all, those of the machine that are worth telling.
std::vector<Candidate> UdpPunch::hostCandidates(bool overLoopback) const
{
	const auto bound = _port->localEndpoint();
	const HostChoice choice{
		.ipv4 = _port->supports(AF_INET), .ipv6 = _port->supports(AF_INET6), .loopback = overLoopback};
	const auto addresses =
		bound.isUnspecified()
			? chooseHostAddresses(interfaceAddresses(), _options.interfaces, choice)
			: chooseHostAddresses({{.interface = "", .address = bound}}, InterfaceFilter{}, choice);
	std::vector<Candidate> candidates;
	for (const auto& address : addresses)
		candidates.push_back({.type = CandidateType::Host,
			.endpoint = address.withPort(bound.port()),
			.base = address.withPort(bound.port()),
			.port = _port.get(),
			.source = "interface"});
	return candidates;
}

/// Tells a link what has changed of the machine's addresses. @return Whether anything has.
bool UdpPunch::offerAddresses(Entry& entry)
{
	auto now = hostCandidates(entry.overLoopback);
	const auto holds = [](const std::vector<Candidate>& candidates, const Candidate& sought)
	{
		return std::any_of(candidates.begin(), candidates.end(),
			[&sought](const Candidate& candidate) { return candidate.endpoint == sought.endpoint; });
	};
	bool changed = false;
	const auto before = std::exchange(entry.told, now);
	const auto link = entry.link; // events may end it
	for (const auto& candidate : before)
		if (!holds(now, candidate))
		{
			link->removeLocal(candidate);
			changed = true;
		}
	for (const auto& candidate : now)
		if (!holds(before, candidate))
		{
			link->addLocal(candidate);
			changed = true;
		}
	return changed;
}

void UdpPunch::candidateFound(const Candidate& candidate)
{
	if (!uses(candidate.port) || candidate.type == CandidateType::Host)
		return;
	const auto same = [&candidate](const Candidate& other) { return other.port == candidate.port; };
	const bool another = std::any_of(_found.begin(), _found.end(), same);
	if (std::count_if(_found.begin(), _found.end(), same) >= MAX_FOUND)
		_found.erase(std::find_if(_found.begin(), _found.end(), same));
	_found.push_back(candidate);
	if (another && candidate.port == _port.get())
	{
		_mappedAt = _context.loop().now();
		rebound();
	}
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
		entry.link->addLocal(candidate);
}

void UdpPunch::candidateLost(const Candidate& candidate)
{
	std::erase_if(
		_found, [&candidate](const Candidate& found) { return found.endpoint == candidate.endpoint; });
	const auto links = _links;
	for (const auto& [peer, entry] : links)
		entry.link->removeLocal(candidate);
}

bool UdpPunch::uses(const Port* port) const
{
	return port && (port == _port.get() ||
					   std::find(_offeredPorts.begin(), _offeredPorts.end(), port) != _offeredPorts.end());
}

void UdpPunch::portOffered(Port& port)
{
	_offeredPorts.push_back(&port);
}

void UdpPunch::portWithdrawn(Port& port)
{
	std::erase(_offeredPorts, &port);
	std::erase_if(_found, [&port](const Candidate& candidate) { return candidate.port == &port; });
	const auto links = _links; // events may change the map
	for (const auto& [peer, entry] : links)
		entry.link->removePort(port);
}

void UdpPunch::networkChanged()
{
	_lifetime.forget();
	watchLifetime();
	const auto links = _links;
	for (const auto& [peer, entry] : links)
		if (const auto found = _links.find(peer); found != _links.end())
		{
			offerAddresses(found->second);
			entry.link->networkChanged();
		}
}

}
