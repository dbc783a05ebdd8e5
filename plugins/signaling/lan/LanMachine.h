#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/signaling/lan/Datagram.h"
#include "plugins/signaling/lan/Events.h"
#include "plugins/signaling/lan/Limits.h"
#include "plugins/signaling/lan/SignalReceiver.h"
#include "plugins/signaling/lan/SignalSender.h"

namespace gimlet::lan
{

/// One address of this machine on a network that it shares with others.
struct Segment
{
	Endpoint address;    ///< with port 0
	unsigned prefix = 0; ///< bits of it that all addresses of the network have
};

/// Whether an address belongs to the segment's network: only those are listened to, for whoever is farther
/// away is not on this network. IPv6 is spoken between link-local addresses alone.
bool isOnLink(const Segment& segment, const Endpoint& remote);

/// The nodes of a local network without any server, as a machine: datagrams and time in, datagrams and events
/// out.
///
///     announcement of a newcomer ──> ours to it, directly ──> both know both epochs ──> both offer
///     sendSignal() ──> parts, again until acknowledged, directly to the peer
///     nothing heard for some time ──> asked directly ──> nothing still: the peer has left
///
/// It trusts nobody: whoever is on the network can claim any id, and what that is worth the transport finds
/// out by the description. Everything is bounded (Limits.h) and counted. After every call, take
/// pollTransmit() and pollEvent() until there are none, then call onTimer() at nextDeadline().
class LanMachine
{
public:
	struct Options
	{
		Room room{"lobby", ""};
		PeerId own{};
		/// Random; another one for each run.
		std::uint64_t epoch = 0;
		std::function<double()> chance{}; ///< 0 to 1
	};

	using SegmentId = unsigned;

	struct Transmit
	{
		SegmentId segment = 0;
		/// Empty for the segment's multicast group.
		std::optional<Endpoint> to{};
		Buffer datagram{};
	};

	/// Why a datagram was dropped.
	enum class Drop
	{
		Malformed,
		OtherRoom,
		Forged,
		OffLink,  ///< from an address that is not of this network
		Excess,   ///< too many datagrams, newcomers or ids
		Stranger, ///< of somebody who has not announced himself, or of another session
		Conflict, ///< two run with one id
	};
	static constexpr std::size_t DROPS = 7;

	/// Since the beginning.
	struct Counters
	{
		std::uint64_t received = 0; ///< datagrams
		std::uint64_t dropped[DROPS]{};
		std::uint64_t signalsReceived = 0;
		std::uint64_t signalsDelivered = 0;
		std::uint64_t signalsUndelivered = 0;
	};

	explicit LanMachine(Options options);

	/// The node's description: announced once it has a transport, and again when its name or its transports
	/// change.
	void describe(const LocalDescription& description, TimePoint now);

	void addSegment(SegmentId id, const Segment& segment, TimePoint now);
	void removeSegment(SegmentId id);

	/// Announces itself and asks who is there, now.
	void lookAround(TimePoint now);

	/// Says goodbye; nothing is to be called after it but pollTransmit().
	void stop();

	/// @return False when the peer is not known by that session, or too much waits for it already.
	bool sendSignal(const PeerId& to, const std::string& session, const std::string& data, TimePoint now);

	void onDatagram(SegmentId segment, const Endpoint& remote, ByteView bytes, TimePoint now);
	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	std::optional<Transmit> pollTransmit();
	std::optional<Event> pollEvent();

	std::size_t peers() const
	{
		return _peers.size();
	}
	const Counters& counters() const
	{
		return _counters;
	}

private:
	/// Where a peer was heard.
	struct Place
	{
		SegmentId segment = 0;
		Endpoint remote{};
		TimePoint heard{};
	};

	struct Peer
	{
		PeerId id{};
		std::uint64_t epoch = 0;
		/// Of the run before this one, which may still be on its way here.
		std::optional<std::uint64_t> former{};
		std::string session{};
		Announcement announcement{};
		std::string transport{}; ///< the common one, "" if there is none
		std::vector<Place> places{};
		std::size_t place = 0; ///< where signals go
		TimePoint heard{};
		TimePoint ask = NEVER; ///< when it is asked whether it is still there
		SignalSender sender{};
		SignalReceiver receiver{};
		std::uint64_t delivered = 0; ///< of the sender's counts, what is in ours
		std::uint64_t undelivered = 0;
	};

	void drop(Drop reason)
	{
		++_counters.dropped[static_cast<std::size_t>(reason)];
	}

	void heard(const Datagram& datagram, const Place& from);
	void hear(const Announcement& announcement, const Presence& who, const Place& from);
	void hear(const Goodbye&, const Presence& who, const Place& from);
	void hear(const Fragment& fragment, const Presence& who, const Place& from);
	void hear(const Acknowledgement& acknowledgement, const Presence& who, const Place& from);

	Peer* known(const Presence& who);
	Peer* meet(const Presence& who, const Place& from);
	bool mayBegin(const Peer* known, const Place& from);
	void seenAt(Peer& peer, const Place& from);
	void offer(Peer& peer);
	void leave(const PeerId& id, bool tell);
	void answer(const Place& to, bool asks);
	void announce(bool asks);
	void scheduleAnnouncement(TimePoint now);
	void look(Peer& peer, TimePoint now);
	void pump(Peer& peer, TimePoint now);
	void transmit(SegmentId segment, const std::optional<Endpoint>& to, const Body& body);

	const Options _options;
	const Presence _self;
	LocalDescription _description;
	std::map<SegmentId, Segment> _segments;
	std::map<PeerId, Peer> _peers;
	std::size_t _burst = 0; ///< announcements of the burst that have been made
	TimePoint _nextAnnouncement = NEVER;
	TokenBucket _datagrams{DATAGRAMS, TimePoint{}};
	TokenBucket _newcomers{NEWCOMERS, TimePoint{}};
	TokenBucket _answers{ANSWERS, TimePoint{}};
	std::deque<Transmit> _output;
	std::deque<Event> _events;
	Counters _counters;
};

}
