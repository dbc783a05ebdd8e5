#include "node/protocol/ui/NetworkVerdict.h"

#include <fmt/format.h>

namespace gimlet::ui
{

namespace
{

using Verdict = NetworkFact::Verdict;

/// How far this side's NATs let direct links be.
enum class Reach
{
	Unknown,
	Every,     ///< nobody is kept out, or one datagram of ours to an address lets all of it in
	Strict,    ///< a port-restricted one: symmetric ones on the other side are met by trying many ports
	Predicted, ///< a symmetric one whose next port can be guessed
	Random,    ///< a symmetric one whose next port can not
	None,      ///< no UDP
};

enum class Relay
{
	Unknown,
	None,
	Silent,
	Answers,
};

class Judgement
{
public:
	explicit Judgement(const NetworkKnowledge& known) :
		_known(known), _udp(udp()), _relay(relay()), _reach(reach())
	{
	}

	NetworkVerdict take()
	{
		_verdict.udp = _udp;
		_verdict.usable = _udp == UdpReach::Works || _relay == Relay::Answers || _known.rendezvousAnswers();
		if (_known.patient && !_verdict.usable)
			sayNothingAnswers();
		else
		{
			// Without peers to be found, nothing else matters.
			const bool alone = _known.signaling != SignalingState::Online;
			if (alone)
				saySignaling();
			sayReach();
			sayRelay();
			sayFamilies();
			sayHairpin();
			if (!alone)
				saySignaling();
			sayRemedy();
		}
		return std::move(_verdict);
	}

private:
	UdpReach udp() const
	{
		if (_known.has("stun", Verdict::Good))
			return UdpReach::Works;
		if (_known.has("stun", Verdict::Bad))
			return UdpReach::Blocked;
		if (_known.nat.mapping != MappingBehaviour::Unknown || _known.has(CandidateType::ServerReflexive))
			return UdpReach::Works;
		return _known.patient ? UdpReach::Blocked : UdpReach::Unknown;
	}

	Relay relay() const
	{
		if (_known.has("relay", Verdict::Good) || _known.has("turn", Verdict::Good) ||
			_known.has(CandidateType::Relayed))
			return Relay::Answers;
		if (_known.has("relay", Verdict::Bad) || _known.has("turn", Verdict::Bad))
			return Relay::Silent;
		if (_known.relayUnasked())
			return Relay::Unknown;
		const bool settled = _udp != UdpReach::Unknown && _known.relayKnown();
		return settled || _known.patient ? Relay::None : Relay::Unknown;
	}

	Reach reach() const
	{
		if (_udp == UdpReach::Unknown)
			return Reach::Unknown;
		if (_udp == UdpReach::Blocked)
			return Reach::None;
		if (_known.has("port-mapping", Verdict::Good))
			return Reach::Every;
		const auto& nat = _known.nat;
		if (nat.mapping == MappingBehaviour::AddressDependent)
			return nat.assignment == PortAssignment::Sequential ||
						   nat.assignment == PortAssignment::Preserving
					   ? Reach::Predicted
					   : Reach::Random;
		if (nat.filtering == FilteringBehaviour::EndpointIndependent ||
			nat.filtering == FilteringBehaviour::AddressDependent)
			return nat.mapping == MappingBehaviour::Unknown && !_known.withoutNat() ? Reach::Unknown
																					: Reach::Every;
		return nat.mapping == MappingBehaviour::Unknown && !_known.withoutNat() ? Reach::Unknown
																				: Reach::Strict;
	}

	void say(std::string sentence)
	{
		_verdict.sentences.push_back(std::move(sentence));
	}

	void sayNothingAnswers()
	{
		say("Nothing answers: no STUN server, no rendezvous and no relay.");
		if (_known.has("ipv4", Verdict::Bad) && _known.has("ipv6", Verdict::Bad))
			say("This machine has no way to the Internet: connect it to a network first.");
		else
			say("Look whether other programs get out, whether [rendezvous] url and [stun] servers are what "
				"they should be, and whether a firewall or a proxy stands in between.");
		if (_known.signaling == SignalingState::Online)
			say("Peers are found by other signaling all the same.");
	}

	void sayReach()
	{
		switch (_reach)
		{
		case Reach::Unknown:
			if (_udp == UdpReach::Works)
				say("UDP gets through, but how the NAT behaves is not known: that takes two STUN servers at "
					"different addresses. Links are tried in every way all the same.");
			else
				say("Not known yet: no STUN server has answered so far.");
			return;
		case Reach::Every:
			if (_known.has("port-mapping", Verdict::Good))
				say("The router forwards a port to this node: it allows direct links with every NAT.");
			else
				say(_known.withoutNat()
						? "No NAT stands before this machine: it allows direct links with every NAT."
						: "This side allows direct links with every NAT.");
			return;
		case Reach::Strict:
			say(_known.withoutNat()
					? "No NAT stands before this machine: it allows direct links with every NAT; behind a "
					  "firewall, one with a symmetric NAT can take some seconds."
					: "This side allows direct links with every NAT; with a symmetric one that can take some "
					  "seconds.");
			return;
		case Reach::Predicted:
			say("This side allows direct links with every NAT but a symmetric one: this one is symmetric "
				"itself. Its ports can be guessed, so that another one whose ports can be is met while both "
				"sides are quiet.");
			return;
		case Reach::Random:
			say("This side allows direct links with every NAT but a symmetric one: this one is symmetric "
				"itself, with ports that nobody can guess. With a port-restricted one it can take some "
				"seconds.");
			return;
		case Reach::None:
			say("No link is direct: UDP does not get through, or none of the STUN servers is up.");
			return;
		}
	}

	/// Whether there are others, with UDP, that this side does not reach directly.
	bool hasExceptions() const
	{
		return _reach == Reach::Predicted || _reach == Reach::Random || _reach == Reach::None;
	}

	void sayRelay()
	{
		switch (_relay)
		{
		case Relay::Unknown:
			if (_known.relayUnasked() && (_known.patient || _known.rendezvousRefuses()))
				say("Whether there is a relay is not known: the rendezvous has not told.");
			return;
		case Relay::Answers:
			say(_reach == Reach::None
					? "Everything goes through the relay, encrypted from node to node."
					: "The relay carries what has no direct path, encrypted from node to node.");
			return;
		case Relay::Silent:
			say(hasExceptions()
					? "The relay does not answer, so these are not reached at all."
					: "The relay does not answer: peers whose networks let no UDP through are not "
					  "reached.");
			return;
		case Relay::None:
			say(hasExceptions()
					? "There is no relay, so these are not reached at all."
					: "There is no relay: peers whose networks let no UDP through are not reached.");
			return;
		}
	}

	void sayFamilies()
	{
		if (_udp != UdpReach::Works || !_known.stunWorks(AF_INET6))
			return;
		say(_known.stunWorks(AF_INET)
				? "IPv6 gets through as well; between peers that have it no NAT changes addresses."
				: "Only IPv6 gets through: peers that have IPv4 alone need the relay.");
	}

	void sayHairpin()
	{
		if (_known.nat.hairpin == false && !_known.withoutNat())
			say("Nodes behind this same NAT reach each other by their local addresses only: it sends nothing "
				"back in.");
	}

	void saySignaling()
	{
		const auto* found = _known.signaling == SignalingState::Online
								? "so peers are found by other signaling alone."
								: "so no peers are found.";
		if (_known.rendezvousRefuses())
			say(fmt::format("The rendezvous refuses this node, {}", found));
		else if (!_known.rendezvousAnswers() && (_known.patient || _known.has("rendezvous", Verdict::Bad)))
			say(fmt::format("The rendezvous does not answer, {}", found));
	}

	void sayRemedy()
	{
		if (_reach == Reach::Predicted || _reach == Reach::Random)
			say("To have every link direct: let the router map ports (UPnP, NAT-PMP or PCP), forward one to "
				"this machine, or choose endpoint-independent mapping where the NAT has the choice.");
		else if (_reach == Reach::None)
			say("To have direct links: let UDP out through the firewall, and the answers in.");
	}

	const NetworkKnowledge& _known;
	UdpReach _udp;
	Relay _relay;
	Reach _reach;
	NetworkVerdict _verdict;
};

}

const char* toString(UdpReach reach)
{
	switch (reach)
	{
	case UdpReach::Unknown:
		return "unknown";
	case UdpReach::Works:
		return "works";
	case UdpReach::Blocked:
		return "blocked";
	}
	return "?";
}

NetworkVerdict judge(const NetworkKnowledge& known)
{
	return Judgement{known}.take();
}

}
