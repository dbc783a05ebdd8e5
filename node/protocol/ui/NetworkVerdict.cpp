#include "node/protocol/ui/NetworkVerdict.h"

#include <algorithm>

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
		_verdict.usable =
			_udp == UdpReach::Works || _relay == Relay::Answers || _known.signaling == SignalingState::Online;
		if (_known.patient && !_verdict.usable)
			sayNothingAnswers();
		else
		{
			sayReach();
			sayRelay();
			sayFamilies();
			sayHairpin();
			saySignaling();
			sayRemedy();
		}
		return std::move(_verdict);
	}

private:
	bool any(const char* topic, Verdict verdict) const
	{
		return std::any_of(_known.facts.begin(), _known.facts.end(),
			[&](const NetworkFact& fact) { return fact.topic == topic && fact.verdict == verdict; });
	}

	bool anyCandidate(CandidateType type) const
	{
		return std::any_of(_known.candidates.begin(), _known.candidates.end(),
			[type](const Candidate& candidate) { return candidate.type == type; });
	}

	UdpReach udp() const
	{
		if (any("stun", Verdict::Good))
			return UdpReach::Works;
		if (any("stun", Verdict::Bad))
			return UdpReach::Blocked;
		if (_known.nat.mapping != MappingBehaviour::Unknown || anyCandidate(CandidateType::ServerReflexive))
			return UdpReach::Works;
		return _known.patient ? UdpReach::Blocked : UdpReach::Unknown;
	}

	Relay relay() const
	{
		if (any("relay", Verdict::Good) || any("turn", Verdict::Good) || anyCandidate(CandidateType::Relayed))
			return Relay::Answers;
		if (any("relay", Verdict::Bad) || any("turn", Verdict::Bad))
			return Relay::Silent;
		const bool settled = _udp != UdpReach::Unknown && _known.signaling == SignalingState::Online;
		return settled || _known.patient ? Relay::None : Relay::Unknown;
	}

	/// Whether the public address is the machine's own.
	bool withoutNat() const
	{
		return std::any_of(_known.candidates.begin(), _known.candidates.end(),
			[this](const Candidate& candidate)
			{
				const auto own = candidate.endpoint.isV4() ? "ipv4" : "ipv6";
				return candidate.type == CandidateType::ServerReflexive && !candidate.endpoint.isPrivate() &&
					   std::any_of(_known.facts.begin(), _known.facts.end(),
						   [&](const NetworkFact& fact)
						   { return fact.topic == own && fact.value == candidate.endpoint.addressString(); });
			});
	}

	Reach reach() const
	{
		if (_udp == UdpReach::Unknown)
			return Reach::Unknown;
		if (_udp == UdpReach::Blocked)
			return Reach::None;
		if (any("port-mapping", Verdict::Good))
			return Reach::Every;
		const auto& nat = _known.nat;
		if (nat.mapping == MappingBehaviour::AddressDependent)
			return nat.assignment == PortAssignment::Sequential ||
						   nat.assignment == PortAssignment::Preserving
					   ? Reach::Predicted
					   : Reach::Random;
		if (nat.filtering == FilteringBehaviour::EndpointIndependent ||
			nat.filtering == FilteringBehaviour::AddressDependent)
			return nat.mapping == MappingBehaviour::Unknown && !withoutNat() ? Reach::Unknown : Reach::Every;
		return nat.mapping == MappingBehaviour::Unknown && !withoutNat() ? Reach::Unknown : Reach::Strict;
	}

	void say(std::string sentence)
	{
		_verdict.sentences.push_back(std::move(sentence));
	}

	void sayNothingAnswers()
	{
		say("Nothing answers: no STUN server, no rendezvous and no relay.");
		if (any("ipv4", Verdict::Bad) && any("ipv6", Verdict::Bad))
			say("This machine has no way to the Internet: connect it to a network first.");
		else
			say("Look whether other programs get out, whether [rendezvous] url and [stun] servers are what "
				"they "
				"should be, and whether a firewall or a proxy stands in between.");
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
			if (any("port-mapping", Verdict::Good))
				say("The router forwards a port to this node: links are direct with every NAT.");
			else
				say(withoutNat() ? "No NAT stands before this machine: links are direct with every NAT."
								 : "Links are direct with every NAT.");
			return;
		case Reach::Strict:
			say("Links are direct with every NAT; with a symmetric one that can take some seconds.");
			return;
		case Reach::Predicted:
			say("Links are direct with every NAT but a symmetric one: this one is symmetric itself. Its "
				"ports can "
				"be guessed, so that even those are tried, and found while both sides are quiet.");
			return;
		case Reach::Random:
			say("Links are direct with every NAT but a symmetric one: this one is symmetric itself, with "
				"ports "
				"that nobody can guess. With a port-restricted one it can take some seconds.");
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

	/// Whether STUN has worked over a family, by facts that name it or by what was found.
	bool works(const std::string& family, bool v4) const
	{
		return std::any_of(_known.facts.begin(), _known.facts.end(),
				   [&](const NetworkFact& fact) {
					   return fact.topic == "stun" && fact.verdict == Verdict::Good &&
							  fact.subject.ends_with(family);
				   }) ||
			   std::any_of(_known.candidates.begin(), _known.candidates.end(),
				   [&](const Candidate& candidate) {
					   return candidate.type == CandidateType::ServerReflexive &&
							  candidate.endpoint.isV4() == v4;
				   });
	}

	void sayFamilies()
	{
		if (_udp != UdpReach::Works || !works("IPv6", false))
			return;
		say(works("IPv4", true)
				? "IPv6 gets through as well; between peers that have it no NAT changes addresses."
				: "Only IPv6 gets through: peers that have IPv4 alone need the relay.");
	}

	void sayHairpin()
	{
		if (_known.nat.hairpin == false && !withoutNat())
			say("Nodes behind this same NAT reach each other by their local addresses only: it sends nothing "
				"back "
				"in.");
	}

	void saySignaling()
	{
		if (_known.signaling == SignalingState::Refused)
			say("The rendezvous refuses this node, so no peers are found.");
		else if (_known.patient && _known.signaling != SignalingState::Online)
			say("The rendezvous does not answer, so no peers are found.");
	}

	void sayRemedy()
	{
		if (_reach == Reach::Predicted || _reach == Reach::Random)
			say("To have every link direct: let the router map ports (UPnP, NAT-PMP or PCP), forward one to "
				"this "
				"machine, or choose endpoint-independent mapping where the NAT has the choice.");
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
