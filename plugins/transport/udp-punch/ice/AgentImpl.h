#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/transport/udp-punch/ice/Agent.h"
#include "plugins/transport/udp-punch/ice/Allowance.h"
#include "plugins/transport/udp-punch/ice/CheckList.h"
#include "plugins/transport/udp-punch/ice/CheckMessage.h"
#include "plugins/transport/udp-punch/ice/Choice.h"
#include "plugins/transport/udp-punch/ice/Liveness.h"
#include "plugins/transport/udp-punch/ice/LocalCandidates.h"
#include "plugins/transport/udp-punch/ice/Pacer.h"
#include "plugins/transport/udp-punch/ice/RemoteCandidates.h"
#include "plugins/transport/udp-punch/ice/SendQueue.h"
#include "plugins/transport/udp-punch/ice/Timing.h"
#include "plugins/transport/udp-punch/ice/Transactions.h"

namespace gimlet::udp_punch::ice
{

/// One pair of credentials; a restart of either side makes the next.
struct Generation
{
	unsigned number = 1;
	IceCredentials local;
	/// Empty until setRemote().
	IceCredentials remote;
	/// Of our requests: "THEIRS:OURS".
	std::string username{};
};

/// A check that came before the credentials of its sender.
struct EarlyCheck
{
	Path path;
	ReceivedCheck check;
	std::string ufrag;
};

/// The parts of the agent, and how they work together. The files that implement it are named after what they
/// do: AgentRequests, AgentResponses, AgentChecks, AgentSelection, AgentGenerations.
struct Agent::Impl
{
	explicit Impl(Configuration configuration);

	// AgentChecks: what is sent, and when.
	/// After each call with a time: sends what may be sent, and fails if nothing is left.
	void settle(TimePoint now);
	void formPairs();
	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;
	Transaction& begin(Purpose purpose, PairId pair, const Path& path, TimePoint now);
	void transmit(Transaction& transaction, TimePoint now);
	void check(Pair& pair, TimePoint now);
	void ask(TimePoint now);
	bool probe(std::size_t size, TimePoint now);
	void ended(const Transaction& transaction);
	void recheckAll(TimePoint now);
	bool shoot(Port& port, const Endpoint& remote, unsigned hops, TimePoint now);
	/// While the selected pair is relayed: tries the direct ones that have failed again.
	void tryDirectAgain(TimePoint now);
	bool tryingDirect() const;
	/// @param pair One whose own round trip counts; may be null.
	Duration rto(const Pair* pair) const;
	TimePoint failureDue() const;
	/// The pair that would take over: the best valid one, another port or family before others. Null if there
	/// is none, or one is being checked.
	const Pair* standby() const;
	Pair* standby()
	{
		return const_cast<Pair*>(std::as_const(*this).standby());
	}

	// AgentRequests: what the peer asks.
	bool onRequest(const stun::MessageView& message, const Path& path, TimePoint now);
	void answer(
		const stun::MessageView& message, const Generation& generation, const Path& path, TimePoint now);
	void refuse(const stun::MessageView& message, const Generation& generation, const Path& path,
		std::uint16_t code, std::span<const std::uint16_t> unknown = {});
	bool settleRoles(
		const stun::MessageView& message, const ReceivedCheck& check, const Path& path, TimePoint now);
	void remember(const ReceivedCheck& check, std::string_view ufrag, const Path& path);
	void onCheck(const ReceivedCheck& check, const Path& path, TimePoint now);
	Pair* pairFor(const ReceivedCheck& check, const Path& path);
	void onNomination(const ReceivedCheck& check, Pair& pair, TimePoint now);
	Base baseOf(Port* port, int family) const;

	// AgentResponses: what the peer answers.
	bool onResponse(const stun::MessageView& message, const Path& path, TimePoint now);
	void onSuccess(const Transaction& transaction, const Endpoint& mapped, const Path& path, TimePoint now);
	void onError(const stun::MessageView& message, const Transaction& transaction, TimePoint now);
	void onAsymmetric(const Transaction& transaction);
	void onAnswered(const Transaction& transaction, TimePoint now);

	// AgentSelection: which pair is used.
	void consider(Pair& pair, TimePoint now);
	void nominate(Pair& pair, TimePoint now);
	void select(const Pair& pair, TimePoint now);
	void lose();
	void switchRole(TimePoint now);
	void hear(const Path& path, TimePoint now);
	bool onSelected(const Path& path) const;
	/// Whether the selected pair is one of this generation.
	bool settled() const
	{
		return _selected && _selectedPair != 0;
	}
	Merits meritsOf(const Pair& pair) const;
	Pair* bestValid(TimePoint now);
	/// The best of those that fulfil the condition.
	template <typename Condition>
	std::optional<SelectedPair> best(Condition condition) const
	{
		const Pair* found = nullptr;
		for (const auto& pair : _checks.pairs())
			if (condition(pair) && (!found || preferred(meritsOf(pair), meritsOf(*found))))
				found = &pair;
		return found ? std::optional{selectionOf(*found)} : std::nullopt;
	}
	static SelectedPair selectionOf(const Pair& pair);
	/// It has answered, and not so long ago that it would have to be asked first (RFC 7675, section 5.1).
	bool consents(const Pair& pair) const
	{
		return pair.valid && pair.answered + _configuration.consentExpiry > _now;
	}
	/// One that is to be given up may have to make way.
	void reconsider(TimePoint now);

	// AgentGenerations: credentials.
	void setRemote(const IceCredentials& credentials, TimePoint now);
	void restart(IceCredentials local, TimePoint now);
	void beginGeneration(IceCredentials local, IceCredentials remote, TimePoint now);
	const Generation* generation(unsigned number) const;
	const Generation* generationOf(std::string_view localUfrag) const;
	bool remoteKnown() const
	{
		return !_current.remote.ufrag.empty();
	}

	// AgentCandidates.
	std::optional<CandidateLine> removeLocal(const Candidate& candidate, TimePoint now);
	void removePort(const Port& port, TimePoint now);
	void retirePort(const Port& port, TimePoint now);
	void addRemote(const CandidateLine& candidate, TimePoint now);
	void removeRemote(const CandidateLine& candidate, TimePoint now);

	// AgentExplain.
	std::string explain() const;
	std::string explainDirect() const;
	std::string explainPairs() const;

	bool controlling() const
	{
		return _role == Role::Controlling;
	}
	std::uint32_t random32();

	Configuration _configuration;
	Role _role;
	std::uint64_t _tieBreaker;
	Counters _counters;

	Generation _current;
	/// The one before, for checks on the way and for the selected pair until another is found.
	std::optional<Generation> _previous;
	TimePoint _previousUntil = NEVER;
	/// The latest that was told.
	TimePoint _now{};
	/// When checks began.
	TimePoint _begun{};
	bool _remoteDone = false;
	bool _failed = false;
	bool _asymmetric = false; ///< for people: an answer came another way
	bool _asked = false;      ///< for people: the peer's checks arrive

	LocalCandidates _locals;
	RemoteCandidates _remotes;
	CheckList _checks;
	Pacer _pacer;
	Transactions _transactions;
	Allowance _allowance;
	SendQueue _sending;
	std::deque<Event> _events;
	std::vector<EarlyCheck> _early;

	std::optional<SelectedPair> _selected;
	/// Of this generation's list; 0 if it is of the one before.
	PairId _selectedPair = 0;
	unsigned _selectedGeneration = 0;
	Liveness _liveness;
	/// Of ours; of the peer's the greatest that we have seen, and the pair that it meant and that is to
	/// answer first.
	std::uint32_t _nomination = 0;
	std::uint32_t _followed = 0;
	PairId _wanted = 0;

	bool _probing = false;
	std::optional<bool> _probed;

	Port* _rebound = nullptr;
	/// Ports whose first checks have so many hops to live.
	std::map<const Port*, unsigned> _careful;
	/// Ports that are to be given up.
	std::set<const Port*> _retired;
	/// While the selected pair is relayed: when direct ones are tried again, and how long after that.
	TimePoint _directAt = NEVER;
	Duration _directPause{};
};

/// A local address as datagrams report it; invalid if it is a wildcard.
Endpoint concrete(const Endpoint& local);

}
