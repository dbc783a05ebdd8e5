#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/ice/LocalCandidates.h"
#include "plugins/transport/udp-punch/ice/RemoteCandidates.h"

namespace gimlet::udp_punch::ice
{

using PairId = std::uint32_t;

/// RFC 8445, section 6.1.2.6.
enum class PairState
{
	Frozen,
	Waiting,
	InProgress,
	Succeeded,
	Failed,
};

struct Pair
{
	PairId id = 0;
	Port* port = nullptr;
	Endpoint remote;
	/// What the kernel has chosen, once an answer has told it. A pinned pair is always sent from there.
	Endpoint local;
	bool pinned = false;
	/// Where the peer's checks arrive, while `local` is not known.
	Endpoint heardAt{};

	std::string foundation{};
	std::uint32_t localPriority = 0;
	std::uint16_t localPreference = 0;
	std::uint32_t remotePriority = 0;
	std::uint64_t priority = 0;
	CandidateType localType = CandidateType::Host;
	CandidateType remoteType = CandidateType::Host;

	PairState state = PairState::Frozen;
	/// It has answered, and no later check of it has failed: on the valid list.
	bool valid = false;
	/// When it answered last.
	TimePoint answered{};
	/// Smoothed; zero while unknown.
	Duration roundTrip{};
	/// The least of all, which is the path's own part of it; queues come and go.
	Duration leastRoundTrip{};
	/// What the peer saw of us by it, when it answered last.
	Endpoint mapped{};
	/// In the queue of triggered checks; what to send from then.
	bool triggered = false;
	Endpoint triggeredLocal;
	/// When the peer, controlling, nominated it last.
	TimePoint nominated{};
	/// A check of the peer has come by it.
	bool asked = false;
	/// The peer has withdrawn the candidate.
	bool retiring = false;
	/// One was sent.
	bool tried = false;

	/// Whether a relay carries it. What NATs make of a path is known by its ends only.
	bool relayed() const
	{
		return remoteType == CandidateType::Relayed || port->kind() != PortKind::Udp;
	}

	/// Where it is sent, and from where.
	Path path() const
	{
		return {port, local, remote};
	}

	/// Whether a datagram that came to this address of ours belongs to the pair.
	bool matches(const Endpoint& to) const;

	bool fresh(TimePoint now) const;
	void measured(Duration sample);
};

/// Whether two local addresses may be the same: one that is not known is like any.
bool compatible(const Endpoint& one, const Endpoint& other);

/// The pairs of one generation, at most so many, and some over relays: the best are kept. Ids are never used
/// again.
class CheckList
{
public:
	/// A pair that must not make room for another, beside the valid ones.
	using Precious = std::function<bool(const Pair&)>;

	CheckList(std::size_t limit, Precious precious) : _limit(limit), _precious(std::move(precious)) {}

	/// Adds the pair of a base and a remote candidate, frozen or waiting (RFC 8838, section 12), unless there
	/// is one already.
	void form(const Base& base, const RemoteCandidate& remote, bool controlling);

	/// A pair that a check of the peer demands: it displaces any that has no merit yet.
	/// @param pinned A local address to send from, or an invalid one.
	/// @return Null if all others have merits.
	Pair* demand(const Base& base, const Endpoint& pinned, const RemoteCandidate& remote, bool controlling);

	Pair* find(PairId id);
	const Pair* find(PairId id) const
	{
		return const_cast<CheckList*>(this)->find(id);
	}

	/// The pair of a datagram's way.
	Pair* find(const Port* port, const Endpoint& local, const Endpoint& remote);

	/// Queues a check (RFC 8445, section 7.3.1.4). @param local What to send from; invalid: as ever.
	void trigger(Pair& pair, const Endpoint& local);

	/// The next check to send: a triggered one, else the best waiting one (RFC 8445, section 6.1.4.2); but
	/// the best relayed one comes first once, so that the first byte waits for no hole in a NAT. A frozen
	/// pair is thawed when none waits: there is one component, so nothing is lost but time.
	Pair* next();

	bool idle() const;

	/// All pairs of the same foundation wait now (RFC 8445, section 7.2.5.3.3).
	void thaw(const std::string& foundation);

	void removePort(const Port& port);
	/// Drops pairs that have not answered.
	void removeRemote(const Endpoint& remote);
	void remove(PairId id);

	/// A candidate has become known better, or the roles have changed.
	void updateRemote(const RemoteCandidate& remote, bool controlling);
	void prioritise(bool controlling);

	void clear();

	std::vector<Pair>& pairs()
	{
		return _pairs;
	}
	const std::vector<Pair>& pairs() const
	{
		return _pairs;
	}

private:
	Pair* insert(Pair pair, bool demanded);
	bool makeRoom(const Pair& pair, bool demanded);
	Pair* bestIn(PairState state, bool relayedOnly = false);

	std::size_t _limit;
	Precious _precious;
	std::vector<Pair> _pairs;
	std::vector<PairId> _triggered;
	PairId _last = 0;
};

}
