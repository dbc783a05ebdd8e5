#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Time.h"
#include "plugins/transport/udp-punch/description/Description.h"

namespace gimlet::udp_punch::ice
{

enum class Role
{
	Controlling,
	Controlled,
};

/// A source of random bytes: the system's in the node, a seeded one in the simulator.
using Random = std::function<void(std::span<std::uint8_t>)>;

/// New ice-ufrag and ice-pwd of 24 and 132 random bits and more (RFC 8445, section 5.3).
IceCredentials makeCredentials(const Random& random);

/// Specification constants and our own choices, each with its source in Timing.h; tests shorten none of them
/// but run on virtual time.
struct Timing;

/// The pair in use, or one that was.
struct SelectedPair
{
	Path path;
	CandidateType localType = CandidateType::Host;
	CandidateType remoteType = CandidateType::Host;
	/// Smoothed, by connectivity checks and consent. Zero until one was answered that had not to be repeated.
	Duration roundTrip{};

	friend bool operator==(const SelectedPair& one, const SelectedPair& other)
	{
		return one.path.port == other.path.port && one.path.local == other.path.local &&
			   one.path.remote == other.path.remote;
	}
};

enum class Event
{
	Selected, ///< selected() is another pair: the first, or a better one; or the first after a restart, maybe
			  ///< by the same way. An authenticated answer came both ways
	Doubtful,  ///< nothing authenticated was heard on the selected pair for 3 s although asked
	Recovered, ///< after Doubtful: the same pair answers again
	Failed,    ///< all pairs failed, consent expired (RFC 7675) or the port is gone: nothing may be sent but
			   ///< checks; restart(). Selected may still follow if the peer finds a way
};

/// Whether a path goes over a relay, on either side.
inline bool relayed(const SelectedPair& pair)
{
	return pair.localType == CandidateType::Relayed || pair.remoteType == CandidateType::Relayed ||
		   (pair.path.port && pair.path.port->kind() != PortKind::Udp);
}

/// A full ICE agent for one component to one peer (RFC 8445, 8838, 7675): a machine that is given time and
/// bytes and never takes them. Several agents share ports. It outlives DTLS and SCTP above it: restart()
/// changes credentials and paths under a living association.
class Agent
{
public:
	struct Configuration
	{
		Role role = Role::Controlling;
		IceCredentials local;
		std::uint64_t tieBreaker = 0;
		/// The first four bytes of each transaction id, by which the owner of several agents finds whose a
		/// response is. The other eight are random; responses are authenticated besides.
		std::uint32_t tag = 0;
		Random random;
		/// Peers may name loopback addresses (the rendezvous itself was reached over loopback).
		bool allowLoopback = false;
		/// FIELD: MS-ICE2 has 20 candidates and 40 pairs.
		std::size_t maxRemoteCandidates = 20;
		std::size_t maxPairs = 40;
		/// The selected pair is asked when nothing authenticated was heard on it for so long.
		Duration keepalive = std::chrono::seconds{2};
		/// RFC 7675: how long an unanswered selected pair may be used.
		Duration consentExpiry = std::chrono::seconds{30};
	};

	/// A datagram to send. The bytes last until the next call of any member. An invalid `path.local` leaves
	/// the choice to the kernel; the answer then tells what it was.
	struct Outgoing
	{
		ByteView datagram;
		Path path;
		/// So many hops to live (Port::sendHops); 0: as ever.
		unsigned hops = 0;
	};

	struct Counters
	{
		std::uint64_t checksSent = 0;
		std::uint64_t requestsReceived = 0;
		std::uint64_t responsesReceived = 0;
		std::uint64_t unauthenticated = 0; ///< wrong password or username: dropped
		std::uint64_t malformed = 0;
		std::uint64_t refusedCandidates = 0; ///< addresses that nobody may name, or beyond the limits
	};

	explicit Agent(Configuration configuration);
	Agent(const Agent&) = delete;
	Agent& operator=(const Agent&) = delete;
	~Agent();

	/// A candidate of ours. Host candidates have a base with a real IP; others may have a wildcard base.
	/// @return The line to tell the peer; empty if it is redundant (RFC 8445, section 5.1.3).
	std::optional<CandidateLine> addLocal(const Candidate& candidate, TimePoint now);
	std::optional<CandidateLine> removeLocal(const Candidate& candidate, TimePoint now);
	/// The port is about to be destroyed: every pair of it is dropped.
	void removePort(const Port& port, TimePoint now);
	/// The port, or what NATs know of it, is to be given up soon: pairs of other ports that work are
	/// preferred from now on. The peer does the same with candidates that are withdrawn (removeRemote).
	void retirePort(const Port& port, TimePoint now);
	/// What was told so far, for a (new) description; not what is to be given up.
	std::vector<CandidateLine> localLines() const;

	/// The peer's credentials: checks begin. Others than before mean that the peer has restarted (RFC 8445,
	/// section 9).
	void setRemote(const IceCredentials& credentials, TimePoint now);
	/// Lines with a host name are to be resolved before; those that cannot be are not added, for the peer's
	/// own checks make them peer-reflexive candidates.
	void addRemote(const CandidateLine& candidate, TimePoint now);
	void removeRemote(const CandidateLine& candidate, TimePoint now);
	/// No more will come: with the last pair failed, so has the agent.
	void remoteDone(TimePoint now);

	/// A STUN datagram that came on one of the ports: a request whose USERNAME begins with our ufrag, or a
	/// response with our tag. Before setRemote requests are answered already, and remembered (RFC 8445,
	/// section 7.3).
	/// @return Whether it was meant for this agent, whatever became of it.
	bool onDatagram(ByteView datagram, const Path& path, TimePoint now);

	/// Something else that is authenticated (a DTLS record) came by that path: a sign of life.
	void onTraffic(const Path& path, TimePoint now);

	/// The first check by each pair of that port dies on its way (Port::sendHops): it opens the NATs of this
	/// side before any packet of ours reaches one on the other, which might take it amiss (FIELD: Polykey
	/// #357).
	void carefulPort(const Port& port, unsigned hops);

	/// Sends one check from a port to an address that need not be a candidate of anybody, and remembers
	/// nothing of it: one of many shots at a hard NAT. What it leads to is the peer's check that comes back
	/// through the hole. The caller bounds how many. @param hops See Outgoing.
	/// @return False without credentials, or when too much is waiting to be sent.
	bool shoot(Port& port, const Endpoint& remote, unsigned hops, TimePoint now);

	/// New credentials, same candidates, everything is checked again; the selected pair stays in use until a
	/// new one is found, DTLS and SCTP notice nothing. The next description has these credentials and a new
	/// generation.
	void restart(IceCredentials local, TimePoint now);

	/// Checks every pair again, those first that have answered before: the network has changed, and the peer
	/// may see us somewhere else. The credentials stay, so that no signaling is needed.
	void recheck(TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;
	/// To be called until empty after each call that takes a time.
	std::optional<Outgoing> pollTransmit();
	std::optional<Event> pollEvent();

	/// Where to send; empty before the first Selected and after Failed.
	const std::optional<SelectedPair>& selected() const;

	/// A pair that has answered, though none is selected yet, and whose consent has not expired: the
	/// controlled side may send there at once (RFC 8445, section 12.1). The best one.
	std::optional<SelectedPair> valid() const;

	/// A pair over a relay's sessions by which an authenticated check of the peer has come, though none of
	/// ours was answered yet. It may be used at once: the relay brings datagrams to nobody but that peer, so
	/// no answer has to prove that it wants them (a departure from RFC 8445, section 12.1; it saves a round
	/// trip).
	std::optional<SelectedPair> early() const;

	/// The best pairs that work beside the selected one, a direct one and a relayed one as far as there are:
	/// what is sent while the selected one is in doubt should go there too.
	std::vector<SelectedPair> beside() const;

	/// Whether the selected pair goes over a relay, and direct ones are still being tried for the first time.
	bool tryingDirect() const;

	Role role() const;
	/// Takes the role that the peer expects of us, before there is a conflict to be settled.
	void assume(Role role, TimePoint now);
	const IceCredentials& local() const;
	const Counters& counters() const;

	/// Asks by a check on the selected pair that is padded to `size` bytes of UDP payload whether the path
	/// carries so many (RFC 8899); the answer comes by pollProbe(): true once answered, false once given up.
	/// Sent up to three times, a second apart. Another selected pair ends the probe with false.
	/// @param size A multiple of four, as all STUN messages are; others are rounded up.
	/// @return False without a selected pair, or while another probe is under way.
	bool probe(std::size_t size, TimePoint now);
	std::optional<bool> pollProbe();

	/// A port of ours of which the peer sees another address than before by the same pair: a NAT has mapped
	/// it anew. Null if there is none; to be called until then.
	Port* pollRebound();

	/// The lines of a port's candidates that were told.
	std::vector<CandidateLine> localLines(const Port& port) const;

	/// Why there is no path yet, in words for a person: "12 pairs of addresses tried, no answer".
	std::string explain() const;

	/// Why no direct path is known, while the selected one is relayed.
	std::string explainDirect() const;

private:
	struct Impl;
	std::unique_ptr<Impl> _impl;
};

}
