#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "plugins/discovery/stun/BehaviourMachine.h"
#include "plugins/discovery/stun/Lane.h"

namespace gimlet::stun_discovery
{

/// Finds out under which public addresses one port is seen and what the NATs in front of it do, and goes on
/// watching: a machine, given time, datagrams and resolved names, that hands out what to send and what it
/// found. It opens and waits for nothing, so an hour of lost answers is tested at once.
///
/// The families that the port supports are asked side by side (see Lane and BehaviourMachine). After each
/// call poll pollTransmit() and pollEvent() until they are empty, then wait for nextDeadline().
class GatherMachine
{
public:
	/// Begins at once.
	/// @param families AF_INET, AF_INET6: what the port supports.
	/// @param localPort The port's own number.
	/// @param servers "host:port" each.
	/// @param random Must outlive the machine.
	GatherMachine(const std::vector<int>& families, std::uint16_t localPort,
		const std::vector<std::string>& servers, const Timing& timing, const Random& random, TimePoint now);

	/// Another list of servers, or another interval. Those that stay keep what they know; what was found
	/// stays found until an answer contradicts it.
	void reconfigure(const std::vector<std::string>& servers, Duration refresh, TimePoint now);

	/// What a server's name stands for; no address when the lookup failed.
	void resolved(const std::string& server, const std::vector<Endpoint>& addresses, TimePoint now);

	/// The network changed: ask everyone now.
	void restart(TimePoint now);

	/// Whom to ask through another socket where the ports of the NAT stand now (see FreshLook); empty if it
	/// does not make a mapping for each destination, or nobody has answered.
	std::optional<Endpoint> sampleServer() const;

	/// What such a look has seen.
	void sampled(const FreshLook& look, const Endpoint& mapped, TimePoint now);

	/// A datagram that came through the port.
	/// @return Whether it was an answer to one of the questions; others are left alone.
	bool onDatagram(ByteView datagram, const Endpoint& source, TimePoint now);

	void onTimer(TimePoint now);
	std::optional<Transmit> pollTransmit();
	std::optional<Event> pollEvent();
	TimePoint nextDeadline() const;

	/// What the NATs do; of IPv4, unless only IPv6 servers answer.
	const NatBehaviour& nat() const;

	/// Whether any server answers; empty while that is not yet known.
	std::optional<bool> answered() const
	{
		return _answered;
	}

private:
	/// One address family.
	struct Side
	{
		int family;
		Lane lane;
		BehaviourMachine behaviour;
		bool due = true;       ///< the behaviour is to be looked at when the round is over
		bool answered = false; ///< in this round
	};

	void update(TimePoint now);
	void updateBehaviour(Side& side, TimePoint now);
	void updateHealth(TimePoint now);
	void updateMapping();

	Duration _gathering;
	std::vector<Side> _sides;
	TimePoint _now; ///< of the last call
	TimePoint _gatheringEnds;
	TimePoint _roundEnds;
	TimePoint _patienceEnds;
	bool _done = false;
	std::optional<bool> _answered;
	MappingBehaviour _behaviour = MappingBehaviour::Unknown;
	std::deque<Event> _events;
};

}
