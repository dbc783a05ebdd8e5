#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "plugins/transport/udp-plain/PlainPeer.h"

/// Two PlainPeers joined by a network of virtual time: loss, delay, reordering and duplication by seed, a NAT
/// in front of each, a rendezvous that can be away, and a STUN server that can be asked.
namespace gimlet::udp_plain::test
{

/// An endpoint-independent mapping with address-and-port-dependent filtering (RFC 4787), the commonest NAT.
struct Nat
{
	Endpoint mapped;
	std::set<Endpoint> allowed;
	/// Nothing passes in either direction.
	bool cut = false;

	/// Forgets everything; the next datagram out is mapped to another port. The connection to the rendezvous
	/// is dead, too, which the node finds out when it has something to say.
	void forget();
	bool rendezvousDead = false;
};

struct Network
{
	std::uint64_t seed = 1;
	double loss = 0;
	double duplication = 0;
	Duration delay = std::chrono::milliseconds{20};
	/// Up to so much is added to each datagram's delay: what reorders them.
	Duration jitter{};
};

/// One side of the pair.
class SimNode
{
public:
	SimNode(PeerId own, PeerId peer, Endpoint mapped);

	PlainPeer& machine()
	{
		return *_machine;
	}

	Nat nat;
	/// When the rendezvous is reached again, once it was found dead.
	TimePoint registeredAgain = NEVER;
	/// What STUN said last: what the other side is told.
	Endpoint announced;
	std::vector<ChatMessage> received;
	std::set<std::string> acknowledged;
	std::vector<LinkState> states;
	unsigned writable = 0;
	unsigned signalsWanted = 0;
	unsigned datagramsSent = 0;

private:
	friend class Sim;

	ClaimLimiter _limiter;
	std::unique_ptr<PlainPeer> _machine;
};

class Sim
{
public:
	static inline const PeerId ALICE = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
	static inline const PeerId BOB = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

	explicit Sim(const Network& network);

	/// Both get an offer with what the other has announced, as the rendezvous would send it.
	void offer(bool ours = true);

	/// Lets time pass.
	void run(Duration duration);

	/// Lets time pass until something is so, at most so long. @return Whether it came to be.
	template <typename Condition>
	bool runUntil(Condition condition, Duration longest)
	{
		const auto end = _now + longest;
		while (!condition())
			if (!step(end))
				return condition();
		return true;
	}

	bool bothUp();

	/// Sends as the node's core does: again when there is room.
	SendResult send(SimNode& from, const std::string& id, const std::string& content = "text");

	TimePoint now() const
	{
		return _now;
	}

	SimNode alice;
	SimNode bob;
	/// Signals pass and endpoints are announced.
	bool rendezvous = true;

private:
	struct Flying
	{
		TimePoint arrives;
		std::uint64_t order = 0;
		Endpoint source;
		Endpoint target;
		std::string bytes;

		bool operator>(const Flying& other) const
		{
			return std::tie(arrives, order) > std::tie(other.arrives, other.order);
		}
	};

	struct Signal
	{
		TimePoint arrives;
		SimNode* to;
		std::vector<Endpoint> candidates;
		bool wantsAnswer;
	};

	bool step(TimePoint end);
	void serve(SimNode& node);
	void carryOut(SimNode& node, const PlainPeer::Event& event);
	void askStun(SimNode& node);
	bool reaches(SimNode& node);
	void registerAgain();
	void signal(SimNode& from, bool wantsAnswer);
	void fly(SimNode& from, const PlainPeer::Transmit& transmit);
	void deliver(const Flying& flying);
	void deliverSignals();
	SimNode& other(SimNode& node);
	bool chance(double probability);

	Network _network;
	std::mt19937_64 _random;
	TimePoint _now{std::chrono::hours{1}};
	std::uint64_t _order = 0;
	std::priority_queue<Flying, std::vector<Flying>, std::greater<>> _flying;
	std::vector<Signal> _signals;
};

}
