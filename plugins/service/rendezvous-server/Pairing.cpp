#include "plugins/service/rendezvous-server/Pairing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous_server
{

namespace
{

/// Whether an endpoint makes sense for a receiver: a loopback address means another machine elsewhere.
bool usable(const Member& receiver, const Endpoint& endpoint)
{
	if (endpoint.isLoopback() && !receiver.remote.isLoopback())
		return false;
	return !receiver.firstVersion() || endpoint.isV4();
}

bool available(const Member& worker, const Member& peer)
{
	return peer.key == worker.partner || !peer.firstVersion() || peer.partner == NOBODY ||
		   peer.partner == worker.key;
}

}

std::string_view commonTransport(const Member& a, const Member& b)
{
	std::string_view best;
	std::tuple<bool, std::size_t, std::string_view> bestRank;
	for (std::size_t rank = 0; rank < a.transports.size(); ++rank)
	{
		const std::string& transport = a.transports[rank];
		const auto found = std::find(b.transports.begin(), b.transports.end(), transport);
		if (found == b.transports.end())
			continue;
		const auto otherRank = static_cast<std::size_t>(found - b.transports.begin());
		const std::tuple<bool, std::size_t, std::string_view> candidate{
			transport == rendezvous::PLAIN_TRANSPORT, rank + otherRank, transport};
		if (best.empty() || candidate < bestRank)
		{
			best = transport;
			bestRank = candidate;
		}
	}
	return best;
}

bool canPair(const Member& a, const Member& b)
{
	const std::string_view transport = commonTransport(a, b);
	if (transport.empty() || a.key == b.key)
		return false;
	if (transport != rendezvous::PLAIN_TRANSPORT)
		return true;
	return a.endpoint && b.endpoint && usable(a, *b.endpoint) && usable(b, *a.endpoint);
}

bool arePaired(const Member& a, const Member& b)
{
	if (a.firstVersion() && a.partner != b.key)
		return false;
	if (b.firstVersion() && b.partner != a.key)
		return false;
	return canPair(a, b);
}

Member* choosePartner(const Member& worker)
{
	Member* best = nullptr;
	for (Member* peer : worker.room->members)
	{
		if (!available(worker, *peer) || !canPair(worker, *peer))
			continue;
		const auto rank = [](const Member& member) {
			return std::pair{member.firstVersion(), member.partners};
		};
		if (!best || rank(*peer) < rank(*best))
			best = peer;
	}
	return best;
}

std::string sessionOf(const Member& a, const Member& b)
{
	return fmt::format("{:016x}{:016x}", std::min(a.nonce, b.nonce), std::max(a.nonce, b.nonce));
}

std::string endpointProblem(const Endpoint& endpoint, const Member& member)
{
	if (endpoint.isUnspecified())
		return "an unspecified address is nobody's";
	if (endpoint.isMulticast())
		return "a multicast address is not one worker's";
	if (endpoint.isBroadcast())
		return "a broadcast address is not one worker's";
	if (endpoint.isLinkLocal())
		return "a link-local address means nothing elsewhere";
	if (endpoint.isLoopback() && !member.remote.isLoopback())
		return "a loopback address means nothing elsewhere";
	if (endpoint.isV6() && member.firstVersion())
		return "without hello only IPv4 is understood";
	return "";
}

std::string incompatibility(const Member& to, const Member& other)
{
	const std::string name = other.name.empty() ? "" : fmt::format(" ({})", other.name);
	return fmt::format("Worker {}{} speaks {}, and you speak {}: there is no transport in common.", other.id,
		name, fmt::join(other.transports, ", "), fmt::join(to.transports, ", "));
}

}
