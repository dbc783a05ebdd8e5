#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/protocol/rendezvous/ServerCodec.h"
#include "plugins/service/rendezvous-server/Directory.h"
#include "plugins/service/rendezvous-server/Limits.h"
#include "plugins/service/rendezvous-server/OfferLimit.h"
#include "plugins/service/rendezvous-server/relay/Relay.h"
#include "plugins/service/rendezvous-server/turn/TurnGrants.h"

namespace gimlet::rendezvous_server
{

/// Why a proof is refused that was made for another host.
inline constexpr std::string_view WRONG_HOST = "the proof is for another host";

/// What the machine wants done to a connection.
struct Action
{
	enum class Kind
	{
		Send,
		Ping,  ///< onPong() is to be called when it is answered
		Close, ///< the machine has forgotten the connection already
	};

	Kind kind = Kind::Send;
	Key to = NOBODY;
	std::string text;       ///< the message, or why it is closed
	std::uint16_t code = 0; ///< of a close
};

/// The rendezvous without its sockets (docs/PROTOCOL.md, section 1; RendezvousServer is the glue).
///
/// Events go in with the time, actions come out by poll(); between two calls of poll() nothing changes by
/// itself. Of a pair it keeps nothing: whether two members have been offered to each other follows from what
/// both have said (Pairing.h), and their session's name from a number that each of them has.
///
///     join ──> undecided ──hello──> hello ───────────┐
///       │          └──anything else──> first version ┴──> leave
///       └─(id in use)──> claiming ──5 s without a pong of the holder──> undecided
///                           └──pong──> closed with 4409
///
/// A version 8 id has to be proven first (Proofs.cpp):
///
///     join ──challenge──> unproven ──right proof──> undecided, in the place of whoever had the id
///                            └──wrong proof, or 10 s──> closed with 4401
class Rendezvous
{
public:
	using Random = std::function<std::uint64_t()>;

	/// What is handed out to members that have proven their ids, beside the acquaintance of each other; null
	/// for none. Both must outlive the machine; calls of it may give the relay something to do.
	struct Grants
	{
		Relay* relay = nullptr;
		const TurnGrants* turn = nullptr;
	};

	/// @param random Unpredictable numbers; sessions are named by them.
	Rendezvous(const Limits& limits, Random random, const Grants& grants);
	Rendezvous(const Limits& limits, Random random) : Rendezvous(limits, std::move(random), Grants{}) {}

	/// Whether a further connection would be too many; asked before the upgrade.
	/// @param id As rendezvous::workerId() gives it. @param room As rendezvous::isRoom() wants it.
	Refusal wouldRefuse(const std::string& id, const std::string& room, const Endpoint& remote) const;

	/// A connection of a worker. It may be closed at once, by an action, if it is too many after all.
	/// @param host The Host of its request, as identity::proofHost() spells it; "" if it bears none.
	Key join(const std::string& id, const std::string& room, const Endpoint& remote, TimePoint now,
		const std::string& host = {});

	/// The calls for a connection that is unknown, or that the machine has closed, do nothing.
	void onText(Key key, std::string_view text, TimePoint now);
	void onPong(Key key, TimePoint now);
	void leave(Key key, TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// Takes the next action.
	/// @return False if there is none.
	bool poll(Action& action);

	const Counters& counters() const
	{
		return _counters;
	}

	/// Members of rooms.
	std::size_t members() const
	{
		return _directory.admitted();
	}

	std::size_t rooms() const
	{
		return _directory.rooms();
	}

private:
	/// A newer connection that wants an id.
	struct Claim
	{
		Key holder = NOBODY;
		TimePoint deadline;
		std::vector<std::string> heard;
	};

	/// A connection with a version 8 id that has not proven it yet.
	struct Unproven
	{
		identity::Nonce nonce{};
		std::string host; ///< of its request
		std::string room;
		TimePoint deadline;
		std::vector<std::string> heard;
	};

	// Rendezvous.cpp: who is there.
	void admit(Member& member, TimePoint now);
	void takeId(Member& member, bool yield, std::vector<std::string> heard, TimePoint now);
	void beginClaim(Member& claimant, Member& holder, std::vector<std::string> heard, TimePoint now);
	void hear(Key key, const std::vector<std::string>& heard, TimePoint now);
	bool keep(Member& member, std::vector<std::string>& heard, std::string_view text, TimePoint now);
	void endClaim(Key claimant, TimePoint now);
	void drop(Member& member, std::uint16_t code, std::string_view reason, TimePoint now);
	void remove(Member& member, TimePoint now);
	void send(const Member& member, std::string text);
	void close(Key key, std::uint16_t code, std::string_view reason);

	// Proofs.cpp: whose id it is.
	void challenge(Member& member, const std::string& room, const std::string& host, TimePoint now);
	void hearUnproven(Member& member, Unproven& unproven, std::string_view text, TimePoint now);
	void prove(Member& member, const rendezvous::Prove& proof, TimePoint now);
	std::string_view proofRefusal(
		const Member& member, const Unproven& unproven, const rendezvous::Prove& proof, TimePoint now) const;
	void expireProofs(TimePoint now);

	// Messages.cpp: what they say.
	bool tooFast(Member& member, TimePoint now);
	void handle(Member& member, std::string_view text, TimePoint now);
	void bad(const Member& member, std::string_view code, std::string message);
	void on(Member& member, const rendezvous::Hello& hello, TimePoint now);
	void on(Member& member, const rendezvous::UpdateUdpEndpoint& update, TimePoint now);
	void on(Member& member, const rendezvous::Signal& signal, TimePoint now);
	void on(Member& member, const rendezvous::RegisterPublicIp& registration, TimePoint now);
	void on(Member& member, const rendezvous::Echo& echo, TimePoint now);
	void on(Member& member, const rendezvous::GetMyDetails& request, TimePoint now);
	void on(Member& member, const rendezvous::Prove& proof, TimePoint now);
	void on(Member& member, const rendezvous::Unknown& message, TimePoint now);
	std::string endpointRefusal(Member& member, const rendezvous::UpdateUdpEndpoint& update, TimePoint now);

	// Offers.cpp: whom they meet.
	void decided(Member& member, TimePoint now);
	void endpointChanged(Member& member, TimePoint now);
	void match(Member& worker, TimePoint now);
	void matchRoom(Room& room, TimePoint now);
	void separate(Member& a, Member& b);
	void unpair(Member& member);
	void offer(Member& a, Member& b, TimePoint now);
	std::vector<Endpoint> claims(const Member& a, const Member& b) const;
	void offerNow(Member& a, Member& b);
	void tellLeft(const Member& member);

	// Grants.cpp: what else they get.
	void grant(Member& member, rendezvous::Welcome& welcome, TimePoint now);
	void endGrants(Member& member, TimePoint now);
	void renewTurn(TimePoint now);
	void turnDueIn(Member& member, Duration duration, TimePoint now);

	Limits _limits;
	Random _random;
	Grants _grants;
	Directory _directory;
	OfferLimit _offerLimit;
	Counters _counters;
	std::map<Key, Claim> _claims;                    ///< by claimant
	std::set<std::pair<TimePoint, Key>> _claimTimes; ///< their deadlines
	std::map<Key, Unproven> _unproven;               ///< keys grow, and so do deadlines
	AddressBuckets _proofLimit;
	std::set<std::pair<TimePoint, Key>> _turnTimes; ///< when whose TURN servers are to be renewed
	std::deque<Action> _actions;
	Key _lastKey = NOBODY;
};

}
