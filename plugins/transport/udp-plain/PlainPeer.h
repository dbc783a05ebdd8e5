#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Peer.h"
#include "node/api/Time.h"
#include "node/api/Transport.h"
#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/ClaimLimiter.h"
#include "plugins/transport/udp-plain/Heartbeat.h"
#include "plugins/transport/udp-plain/Inbox.h"
#include "plugins/transport/udp-plain/PunchRound.h"
#include "plugins/transport/udp-plain/Routes.h"
#include "plugins/transport/udp-plain/Window.h"

namespace gimlet::udp_plain
{

/// The link to one peer: a machine that is given time and datagrams and never takes them.
///
///               offer                a datagram of the peer
///     Waiting ─────────> Attempted ───────────────────────> Up <──────┐ a datagram
///                            │ the peer left                │ ours:   │ of the peer
///                            v                              │ 4 keepalives unanswered
///                           Lost <──────────────────── Silent ────────┘
///            (an offer or a datagram revives)   60 s silent, or at once by a goodbye
///
/// A lost peer that is still in the room is tried on, by the signals of both, and stays Lost until it is
/// heard.
///
/// A peer is ours once its offer says that it said hello, or once it has sent something that only ours send.
/// One of the first version answers nothing; it stays Up while nothing is heard, and is Lost only when the
/// rendezvous says that it left and 60 s were silent.
///
/// Use: give it what happens (each call with the present time), then take what pollTransmit() and pollEvent()
/// return until they are empty, then call onTimer() at nextDeadline().
class PlainPeer
{
public:
	struct Configuration
	{
		PeerId own;
		PeerId peer;
		Duration keepalive{};
		/// Silence after which a link is lost.
		Duration lostAfter{};
	};

	struct Offer
	{
		std::optional<Endpoint> endpoint{};
		bool ours = false;
		/// Whether loopback addresses may be tried.
		bool overLoopback = false;
	};

	struct Transmit
	{
		Endpoint remote;
		std::string datagram;
	};

	struct Event
	{
		enum class Kind
		{
			StatusChanged,
			Received,     ///< message
			Acknowledged, ///< message.id
			Writable,     ///< after send() said Congested
			SignalWanted, ///< send our candidates by signaling; wantsAnswer says whether to ask for the
						  ///< peer's
		};

		Kind kind = Kind::StatusChanged;
		ChatMessage message{};
		bool wantsAnswer = false;
	};

	struct Counters
	{
		std::uint64_t bytesSent = 0;
		std::uint64_t bytesReceived = 0;
		std::uint64_t retransmissions = 0;
		std::uint64_t duplicates = 0;
		std::uint64_t refusedCandidates = 0;
		std::uint64_t limitedClaims = 0;
	};

	/// @param limiter Shared with the other peers of the transport; outlives this.
	PlainPeer(Configuration configuration, ClaimLimiter& limiter);

	/// The rendezvous says that the peer is there: a new or a repeated offer.
	void onOffer(const Offer& offer, TimePoint now);

	/// A signal of the peer named addresses. @param wantsAnswer It asks for ours.
	void onCandidates(const std::vector<Endpoint>& candidates, bool wantsAnswer, TimePoint now);

	/// A datagram that names this peer, or that names nobody and came from an address that it has.
	/// @return False if it came from where the peer cannot be: nothing was done.
	bool onDatagram(const chat::Datagram& datagram, std::size_t size, const Endpoint& remote, TimePoint now);

	/// An address of this node was found or lost: the peer should know, and the link be looked at.
	void onOwnAddressesChanged(TimePoint now);

	/// The rendezvous says that the peer left. Ends no link that works.
	void onPeerLeft(TimePoint now);

	/// To be called at nextDeadline(), or later.
	void onTimer(TimePoint now);

	/// This node ends: tells a peer of ours that works, once, so that it need not find out by silence.
	/// Nothing is to be called after it but pollTransmit().
	void sayGoodbye(TimePoint now);

	/// Sends, or says why not. What was Sent to one of ours is retransmitted until it is acknowledged, or
	/// the link is lost.
	SendResult send(const ChatMessage& message, TimePoint now);

	std::optional<Transmit> pollTransmit();
	std::optional<Event> pollEvent();
	TimePoint nextDeadline() const;

	/// @param wall The wall-clock time at now, for the reason's text.
	LinkStatus status(TimePoint now, WallTime wall) const;

	/// Whether a datagram without a name from there may be this peer's.
	bool knows(const Endpoint& remote) const
	{
		return _routes.knows(remote);
	}

	const PeerId& peer() const
	{
		return _configuration.peer;
	}

	LinkState state() const
	{
		return _state;
	}

	bool ours() const
	{
		return _ours;
	}

	/// When the last datagram of it came; empty if none ever did.
	std::optional<TimePoint> lastHeard() const
	{
		return _heard;
	}

	const Counters& counters() const
	{
		return _counters;
	}

private:
	void name(const Endpoint& endpoint);
	void claim(const Endpoint& endpoint, TimePoint now);
	void tryRoutes(TimePoint now, bool anew);
	void attempt(TimePoint now);

	void use(const Endpoint& remote);
	void becomeUp(const Endpoint& remote, TimePoint now);
	void becomeSilent(TimePoint now);
	void becomeLost(TimePoint now);
	void setState(LinkState state, TimePoint now);
	void changed();
	TimePoint lostAt() const;

	void heardFrom(const chat::Datagram& datagram, const Endpoint& remote, TimePoint now);
	bool shouldFollow(const chat::Datagram& datagram, const Endpoint& remote) const;
	void moveTo(const Endpoint& remote, TimePoint now);
	void onPunch(const Endpoint& remote, TimePoint now);
	void onText(const chat::Datagram& datagram, const Endpoint& remote);
	void onTextAck(const std::string& id, const Endpoint& remote, TimePoint now);
	void onGoodbye(std::uint64_t number, TimePoint now);
	bool isLate(const chat::Datagram& datagram, TimePoint now) const;
	void onKeepaliveAck(std::uint64_t number, const Endpoint& remote, TimePoint now);

	void punch(TimePoint now);
	void retry(TimePoint now);
	void keepalive(TimePoint now);
	void retransmit(TimePoint now);
	void offerRoom();
	void transmit(const Endpoint& remote, std::string datagram);
	void knock(const Endpoint& remote, std::uint64_t number, TimePoint now);

	const Configuration _configuration;
	ClaimLimiter& _limiter;

	LinkState _state = LinkState::Waiting;
	/// When the present state began.
	TimePoint _since;
	bool _ours = false;
	bool _present = false;
	bool _overLoopback = false;

	Routes _routes;
	/// Where messages go: the way by which the peer was last proven to be there.
	Endpoint _active;
	std::optional<TimePoint> _heard;
	/// Its last word was a goodbye.
	bool _saidGoodbye = false;
	std::optional<Duration> _roundTrip;
	/// The highest number of the peer's keepalives: an older one that comes late moves nothing.
	std::uint64_t _peerNumber = 0;

	PunchRound _round;
	Heartbeat _heartbeat;
	Window _window;
	Inbox _inbox;
	/// send() was refused for want of a link that works now.
	bool _turnedAway = false;
	/// A quiet peer of the first version was reported as such.
	bool _quietReported = false;

	TimePoint _retryAt = NEVER;
	unsigned _retries = 0;
	TimePoint _mayAnswerAt = TimePoint::min();

	std::deque<Transmit> _transmits;
	std::deque<Event> _events;
	bool _changed = false;
	Counters _counters;
};

}
