#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Time.h"

namespace gimlet::stun_discovery
{

/// A server within the own network sees the address before the NAT, which says nothing about the NAT.
bool isOutside(const Endpoint& server);

/// What the answers that one port got in one address family tell of the NATs in front of it (RFC 5780,
/// section 4): who was asked when and what each one saw goes in, the behaviour comes out. Pure.
///
/// Nothing is claimed that was not seen, and of what contradicts itself over time the worse is believed, for
/// a network that behaves well now and then cannot be relied on. It begins anew when the public address is
/// another one after a change of the network.
class NatEvidence
{
public:
	/// @param localPort The port's own, to know a preserved one; 0 if unknown.
	explicit NatEvidence(std::uint16_t localPort) : _localPort(localPort) {}

	/// A question leaves for there, for the first time or again.
	/// @param afterStray Whether the NAT may have dropped a datagram from there a moment ago. Some routers
	/// then give the flow another mapping than it would have had, so its answer tells nothing of the mapping.
	void asked(const Endpoint& destination, TimePoint now, bool afterStray = false);

	/// It was answered.
	void answered(const Endpoint& destination, const Endpoint& mapped, TimePoint now);

	/// A server has seen a mapping that another socket has just made. @param asked When. @param times How
	/// often.
	void sampled(const Endpoint& server, const Endpoint& mapped, TimePoint asked, unsigned times);

	/// The test of who is let in has ended so.
	void filtered(FilteringBehaviour seen);
	/// Not strictest, that is all: strangers were let in from an address that was sent to.
	void filteredAtMostByAddress();
	void hairpinned(bool seen);

	/// The network may be another one from now on.
	void mayHaveMoved()
	{
		_mayHaveMoved = true;
	}

	/// All of it together. `ports` are those of new mappings.
	NatBehaviour verdict() const;

	/// Of the newest answer from outside; from inside while there is none.
	const std::optional<Endpoint>& mapped() const
	{
		return _mapped;
	}
	/// The mapping that a destination saw last.
	std::optional<Endpoint> mappedFor(const Endpoint& destination) const;
	/// The longest time an answer has taken.
	Duration slowest() const
	{
		return _slowest;
	}
	bool wasAsked(const Endpoint& destination) const
	{
		return _contacts.contains(destination);
	}
	/// When any port of its address was last asked; TimePoint::min() if none was.
	TimePoint lastAskedAddress(const Endpoint& destination) const;

	/// Whether something was sent from this mapping to the address, or to exactly this address and port: the
	/// filter in front of the mapping may be open for it, so its coming through says nothing (RFC 5780,
	/// section 4.4).
	bool mayBeLetIn(const Endpoint& mapping, const Endpoint& remoteAddress, TimePoint now) const;
	bool mayBeLetInExactly(const Endpoint& mapping, const Endpoint& remote, TimePoint now) const;

private:
	/// One question and its answer, in the order in which they were first asked, which is the one in which
	/// the NAT made the mappings.
	struct Sample
	{
		Endpoint destination;
		TimePoint asked;
		unsigned times = 1;     ///< asked; when more than once, nobody knows which one made the mapping
		bool comparable = true; ///< with what others see: it tells of the mapping
		std::optional<Endpoint> mapped{};
		bool fresh = false; ///< a mapping that its address had not seen before
	};

	struct Contact
	{
		TimePoint asked;
		bool pending = true; ///< what it sees now is not known
		std::optional<Endpoint> mapped{};
	};

	struct Steps
	{
		std::vector<int> close; ///< between questions that left together
		std::vector<int> apart; ///< others' mappings may lie between
	};

	bool counts(const Endpoint& destination) const;
	Contact& meet(const Endpoint& destination);
	void compare(const Sample& newest);
	void forget();
	void forgetInside();
	void makeRoom();
	std::vector<std::uint16_t> freshPorts() const;
	Steps steps() const;
	PortAssignment assignment(const std::vector<std::uint16_t>& ports, int& step) const;

	std::uint16_t _localPort;
	std::deque<Sample> _samples;
	std::map<Endpoint, Contact> _contacts;
	std::optional<Endpoint> _mapped;
	std::set<Endpoint> _addresses; ///< public ones, without ports
	bool _outside = false;         ///< whether somebody outside has answered
	bool _mayHaveMoved = false;
	Duration _slowest{};
	MappingBehaviour _mapping = MappingBehaviour::Unknown;
	FilteringBehaviour _filtering = FilteringBehaviour::Unknown;
	std::optional<bool> _hairpin;
};

}
