#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/description/Description.h"
#include "plugins/transport/udp-punch/hard/PortGuess.h"

namespace gimlet::udp_punch::hard
{

/// What this side does about the two NATs. Both sides come to roles that fit, since both know both NATs.
enum class Role
{
	None,    ///< plain checks find what there is, or nothing does
	Many,    ///< opens many sockets, each with a mapping of its own towards the peer's one address
	Probe,   ///< looks for one of those mappings, from its one address
	Meet,    ///< two sequences: both open sockets that meet at a port ahead
	Hopeless ///< both at random: only a relay helps
};

Role roleOf(const NatBehaviour& own, const NatBehaviour& peer);

/// Another port for each destination; and whether these follow each other.
bool isHard(const NatBehaviour& nat);
bool isSequential(const NatBehaviour& nat);

/// What may be spent on one round.
struct Budget
{
	std::size_t sockets = 256;
	std::size_t probes = 1750;
	unsigned rate = 400; ///< probes a second, at most
};

/// Begin: so many ports beside the transport's own are wanted, and the node's one punch at a time. Answered
/// by begun() or busy().
struct Begin
{
	std::size_t ports = 0;
};

/// Give back the ports but the one in use, and the turn.
struct End
{
};

/// Ask discovery where the own NAT's sequence stands; setOwn() follows.
struct Sample
{
};

/// One check, by one of the ports of Begin, or the transport's own if there are none.
struct Shot
{
	std::optional<std::size_t> port;
	Endpoint remote;
	unsigned hops = 0; ///< 0: as ever
};

using Action = std::variant<Begin, End, Sample, Shot, Punch>;

/// Gets a direct path through hard NATs, where plain checks cannot (docs/ARCHITECTURE.md, "Hard NATs"): a
/// machine that is told what is known and what the peer says, and says what to do. It adds to the checks of
/// the ICE agent, which finds whatever comes through, and never keeps them from anything. Shots go only to
/// addresses that signaling has seen the peer at.
///
///     Idle ──need──> Waiting ──> [Sampling] ──> Many: shoots and says "ready" ──> Pausing ──> Waiting
///                                            └─> leading Meet: says "propose" ──> shoots on "ready"
///     peer's "ready" ──> Probe: shoots           peer's "propose" ──> Sampling ──> shoots and says "ready"
class HardPunch
{
public:
	/// @param leads One of the two, the same on both sides: begins a meeting.
	HardPunch(const Budget& budget, Below below, bool leads);

	void setOwn(const NatBehaviour& nat, TimePoint now);
	/// @param mapped Where discovery has found the peer. @param seen From where it speaks to the rendezvous.
	void setTargets(std::vector<Endpoint> mapped, std::vector<Endpoint> seen);
	/// It has worked between these networks before.
	void expectSuccess()
	{
		_known = true;
	}

	/// There is no direct path. Repeated as long as that is so.
	void need(TimePoint now);
	/// There is one, or nobody to have one with.
	void satisfied(TimePoint now);
	/// The network has changed: pauses end, and what failed may work.
	void restart();

	void onPunch(const Punch& punch, TimePoint now);
	/// After Begin. @param ports How many there are, at most as many as were wanted.
	void begun(std::size_t ports, TimePoint now);
	void busy(TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;
	std::optional<Action> poll();

	Role role() const;
	/// Whether both sides are known to keep one port for all, so that plain checks should do.
	bool bothEasy() const;
	/// Whether shots are going out, or are about to.
	bool working() const;
	/// Rounds that were begun, and shots.
	unsigned rounds() const
	{
		return _rounds;
	}
	std::uint64_t shots() const
	{
		return _shots;
	}

	/// What is being done, or why nothing can be, and what a person could change; "" if there is nothing to
	/// say.
	std::string explain() const;

private:
	enum class State
	{
		Idle,
		Waiting,  ///< for the plain checks
		Sampling, ///< for a fresh look at the own NAT
		Asking,   ///< for ports and a turn
		Proposed, ///< for the peer's answer
		Shooting,
		Pausing,
	};

	void enter(State state, TimePoint deadline);
	void wake();
	bool mine() const;
	void begin(TimePoint now);
	void sampled(TimePoint now);
	void ask(std::size_t ports);
	void shoot(TimePoint now);
	void shootGroup(TimePoint now);
	void shootProbes(TimePoint now);
	void say(Punch::Step step);
	void end(TimePoint now);
	std::vector<Endpoint> aims() const;
	std::vector<Endpoint> addresses() const;
	std::uint32_t width() const;
	std::size_t socketsWanted() const;
	bool maySee(const Endpoint& address) const;
	std::size_t reach() const;

	Budget _budget;
	Below _below;
	bool _leads;
	bool _known = false;
	NatBehaviour _own;
	NatBehaviour _peer;
	std::vector<Endpoint> _mapped;
	std::vector<Endpoint> _seen;

	State _state = State::Idle;
	Role _acting = Role::None; ///< since the round began
	TimePoint _deadline = NEVER;
	TimePoint _nextShot = NEVER;
	TimePoint _began{};
	bool _needed = false;
	bool _held = false;        ///< Begin was granted, and End not said yet
	TimePoint _peerMayBegin{}; ///< rounds that the peer begins are rare when they find nothing
	Duration _peerPause;
	bool _answering = false; ///< the round was begun by the peer
	std::uint32_t _round = 0;
	std::size_t _ports = 0;
	std::size_t _spent = 0;        ///< mappings of our shots since discovery has seen the sequence
	std::size_t _mappedBefore = 0; ///< the same when the round began
	std::size_t _next = 0;         ///< which port shoots next
	unsigned _passes = 0;          ///< times that each has
	std::size_t _probed = 0;
	std::optional<PortGuess> _guess;
	std::vector<Endpoint> _aims;
	Duration _pause;
	unsigned _rounds = 0;
	std::uint64_t _shots = 0;
	std::deque<Action> _actions;
};

}
