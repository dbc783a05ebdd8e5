#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/description/CandidateLine.h"

namespace gimlet::udp_punch::ice
{

struct RemoteCandidate
{
	Endpoint endpoint;
	CandidateType type = CandidateType::Host;
	std::uint32_t priority = 0;
	std::string foundation{};
};

/// The peer's candidates: those that it named, filtered and capped, and those that its checks came from.
class RemoteCandidates
{
public:
	enum class Outcome
	{
		Added,
		Updated, ///< the address was known; type, priority and foundation are now the peer's word
		Known,   ///< nothing is new
		Refused, ///< an address that nobody may name, a name, or worse than all of too many
	};

	RemoteCandidates(std::size_t limit, bool allowLoopback) : _limit(limit), _allowLoopback(allowLoopback) {}

	/// @param dropped Set to the address that had to make room, if any.
	Outcome add(const CandidateLine& line, Endpoint& dropped);

	/// An authenticated check came from there (RFC 8445, section 7.3.1.3).
	Outcome addPeerReflexive(const Endpoint& endpoint, std::uint32_t priority, Endpoint& dropped);

	/// @return Whether it was there. Peer-reflexive ones stay: no word of the peer made them.
	bool remove(const Endpoint& endpoint);

	void clear()
	{
		_candidates.clear();
	}

	const RemoteCandidate* find(const Endpoint& endpoint) const;

	const std::vector<RemoteCandidate>& all() const
	{
		return _candidates;
	}

private:
	Outcome update(const CandidateLine& line);
	/// Those of the three kinds are bounded apart: a peer's own check proves something, and relayed ones
	/// would always be the worst.
	enum class Class
	{
		Named,
		PeerReflexive,
		Relayed,
	};
	static Class classOf(CandidateType type);
	std::size_t limitOf(Class kind) const;
	/// Makes room for one more of these. @return False if it would be the worst.
	bool makeRoom(Class kind, std::uint32_t priority, Endpoint& dropped);

	std::size_t _limit;
	bool _allowLoopback;
	std::vector<RemoteCandidate> _candidates;
	std::uint32_t _serial = 0;
};

}
