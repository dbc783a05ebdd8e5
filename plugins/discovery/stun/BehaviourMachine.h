#pragma once

#include <list>
#include <optional>
#include <set>
#include <vector>

#include "node/api/Candidate.h"
#include "node/protocol/stun/ClientTransaction.h"
#include "plugins/discovery/stun/FreshLook.h"
#include "plugins/discovery/stun/NatEvidence.h"
#include "plugins/discovery/stun/Timing.h"
#include "plugins/discovery/stun/Transmit.h"

namespace gimlet::stun_discovery
{

/// Finds out what the NATs in front of one port do, in one address family (RFC 5780): a machine beside the
/// Lane, whose questions and answers it is told of.
///
/// A run begins when the lane's round is over, and delays nothing. First, of a server that names a second
/// address, who is let in: the server is asked to answer from addresses that nothing was sent to. Then these
/// are asked themselves, to know that they would have answered and whether they see the same mapping. If the
/// mapping depends on the destination, the order of what they see tells how the NAT gives out ports, and if
/// it does not tell yet, a few more destinations are asked in one go. A request to our own public address
/// that comes back tells of hairpinning. A run is some twenty datagrams at most.
class BehaviourMachine
{
public:
	/// @param random Must outlive the machine.
	BehaviourMachine(int family, std::uint16_t localPort, const Timing& timing, const Random& random) :
		_family(family), _timing(timing), _random(random), _evidence(localPort)
	{
	}

	/// The lane asks somebody, for the first time or again.
	void asked(const Endpoint& server, TimePoint now)
	{
		_evidence.asked(server, now);
	}

	/// And is answered. @param other OTHER-ADDRESS, where there is one.
	void answered(
		const Endpoint& server, const Endpoint& mapped, const std::optional<Endpoint>& other, TimePoint now);

	/// Other addresses of the servers, which may be asked too.
	void setSpares(std::vector<Endpoint> spares)
	{
		_spares = std::move(spares);
	}

	/// The lane's round is over, and it was answered. Only while idle.
	void begin(TimePoint now);

	bool idle() const
	{
		return _phase == Phase::Idle;
	}

	/// Whom a FreshLook is to ask: empty if the NAT does not make a mapping for each destination, or nobody
	/// has answered.
	std::optional<Endpoint> sampleServer() const;

	/// What it has seen.
	void sampled(const FreshLook& look, const Endpoint& mapped)
	{
		_evidence.sampled(look.server(), mapped, look.begun(), look.transmissions());
	}

	/// The network may be another one from now on.
	void mayHaveMoved()
	{
		_evidence.mayHaveMoved();
		_unreliable.clear();
		_answering.reset();
	}

	/// @return Whether it was an answer to this machine, or its own request that came back.
	bool onDatagram(const stun::MessageView& message, const Endpoint& source, TimePoint now);
	void onTimer(TimePoint now);
	std::optional<Transmit> pollTransmit(TimePoint now);
	TimePoint nextDeadline() const;

	/// Whether behaviour() has changed, or a run has ended for the first time. Not while one is on, which
	/// will tell more.
	bool pollChange();

	/// As of the latest pollChange.
	const NatBehaviour& behaviour() const
	{
		return _told;
	}

	/// Whether a run has ended: what is still unknown cannot be found out here.
	bool complete() const
	{
		return _complete;
	}

private:
	/// A server with two addresses and two ports (RFC 5780).
	struct Reflector
	{
		Endpoint server;
		Endpoint other;
	};

	enum class Kind
	{
		OtherAddress, ///< answer me from the other address and the other port
		OtherPort,    ///< answer me from the other port
		Hairpin,      ///< to ourselves
		Ask,          ///< which address do you see?
	};

	enum class Outcome
	{
		Open,   ///< the answer came from where it was asked to
		Closed, ///< none came
		Void,   ///< the server answered otherwise, or was not asked to
	};

	struct Test
	{
		Kind kind;
		stun::TransactionId id;
		Endpoint answeredFrom; ///< the address whose answer counts
		stun::ClientTransaction transaction;
	};

	enum class Phase
	{
		Idle,
		Filtering,
		Asking,
		Ending,
	};

	void send(Kind kind, const Endpoint& to, const Endpoint& answeredFrom, TimePoint now);
	void askAll(const std::vector<Endpoint>& destinations, TimePoint now);
	void advance(TimePoint now);
	void beginFiltering(TimePoint now);
	void beginAsking(TimePoint now);
	void fill(std::vector<Endpoint>& destinations) const;
	void testHairpin(TimePoint now);
	void ended(const Test& test, Outcome outcome);
	void concludeFiltering();
	void end();
	std::optional<Outcome> outcome(
		const Test& test, const stun::MessageView& message, const Endpoint& source) const;
	bool running(Kind kind) const;
	bool sequenceWanted() const;
	bool afterStray(const Endpoint& destination) const;
	stun::ClientTransaction::Timing timing() const;
	bool usable(const Reflector& reflector) const;
	const Reflector* chooseReflector(TimePoint now) const;
	std::vector<Endpoint> unasked() const;

	int _family;
	Timing _timing;
	const Random& _random;
	NatEvidence _evidence;
	std::vector<Reflector> _reflectors;
	std::vector<Endpoint> _spares;
	std::optional<Endpoint> _answering; ///< the last that did, of those outside if there are any
	std::set<Endpoint> _unreliable;     ///< reflectors that did not do what they should
	Phase _phase = Phase::Idle;
	bool _complete = false;
	unsigned _goes = 0; ///< at asking, in this run
	std::list<Test> _tests;
	std::set<Endpoint> _alive;                      ///< who has answered in this run
	std::optional<stun::TransactionId> _ownRequest; ///< the last that was sent to ourselves
	bool _hairpinTested = false;                    ///< in this run

	// Of the filtering test:
	std::optional<Reflector> _reflector;
	bool _addressWasSentTo = false; ///< so its coming through shows less
	Outcome _otherAddress = Outcome::Void;
	Outcome _otherPort = Outcome::Void;

	NatBehaviour _told;
	bool _toldComplete = false;
};

}
