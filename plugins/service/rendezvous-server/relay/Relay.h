#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "node/api/TokenBucket.h"
#include "node/protocol/relay/Frame.h"
#include "node/protocol/rendezvous/Messages.h"

namespace gimlet::rendezvous_server
{

/// A place waits so long for a member that has left, so that a signaling connection that comes back breaks no
/// relayed path.
inline constexpr std::chrono::seconds PLACE_GRACE{30};

/// The path of the relay's WebSockets; a ticket follows it. Without the last slash it is that of clients that
/// show their ticket as a bearer token.
inline constexpr std::string_view RELAY_PATH = "/ws/relay/";

/// Bytes that may wait for a receiver before further datagrams for it are dropped: a datagram is better lost
/// than late. It is what the loop reads of a sender at once, and no more: with 32 KiB that the kernel has not
/// sent yet, one that reads nothing holds 96 KiB, and ten thousand of them 1 GB.
inline constexpr std::size_t RELAY_QUEUE = 64 * 1024;

/// A datagram counts as so many bytes at least, which bounds the datagrams a second as well: each costs a
/// frame and a look-up, however short it is.
inline constexpr std::size_t LEAST_COST = 200;

/// For how many others a member's rate is remembered at once; who is not among them has to wait for one that
/// was silent.
inline constexpr std::size_t MAX_PAIRS = 64;

/// A member with many others may send to all of them together what so many pairs may.
inline constexpr double PAIRS_AT_FULL_RATE = 4;

/// So many times its bytes a datagram counts on top against its pair when it is lost since the receiver reads
/// too slowly. Whoever sends on regardless soon sends in vain; who slows down, as links do, hardly notices.
inline constexpr double QUEUE_CHARGE = 8;

/// What a member may send in vain, as bytes, before it is not read for a while. It becomes less by the rate
/// of a pair, and at least by MIN_FORGIVENESS, a second.
inline constexpr double MAX_EXCESS = 256.0 * 1024;
inline constexpr double MIN_FORGIVENESS = 256.0 * 1024;

/// What is allowed; from the configuration.
struct RelayLimits
{
	/// Members with a place, those that have left of late included.
	std::size_t maxPlaces = 10'000;
	/// Bytes from one member to another, each way; perSecond 0 is no limit.
	Rate pair = pairRate(2'000'000);

	/// Bytes from one member to all others together; perSecond 0 is no limit.
	Rate total() const
	{
		return {PAIRS_AT_FULL_RATE * pair.burst, PAIRS_AT_FULL_RATE * pair.perSecond};
	}

	/// @return A rate with half a second's burst, and no less than a window of datagrams.
	static Rate pairRate(double bytesPerSecond)
	{
		constexpr double LEAST_BURST = 16.0 * 1024;
		return {std::max(bytesPerSecond / 2, LEAST_BURST), bytesPerSecond};
	}
};

/// Why a datagram was not passed on.
enum class RelayDrop : std::uint8_t
{
	Foreign,  ///< neither STUN nor DTLS
	Stranger, ///< for nobody in the sender's room
	Absent,   ///< for a member that has no connection to the relay
	Rate,     ///< more than the pair may, or the sender to all others together
	Pairs,    ///< for more members at once than are remembered
	Queue,    ///< the receiver reads too slowly
};

inline constexpr std::size_t RELAY_DROPS = 6;

/// "foreign", "stranger", ...
const char* toString(RelayDrop drop);

/// What has happened, ever.
struct RelayCounters
{
	std::size_t placesRefused = 0; ///< members that were given none since there were too many
	std::size_t opened = 0;
	std::size_t replaced = 0; ///< connections whose place a newer one took
	std::size_t datagrams = 0;
	std::size_t bytes = 0;
	std::array<std::size_t, RELAY_DROPS> dropped{}; ///< by RelayDrop
	std::size_t malformed = 0;
	std::size_t paused = 0; ///< times that a member was not read for a while
};

struct RelaySession;

/// A member's connection to the relay, as the relay sees it. It must be told to Relay::closed before it ends.
class RelayEnd
{
public:
	virtual ~RelayEnd() = default;

	/// Bytes that are queued for it.
	virtual std::size_t waiting() const = 0;

private:
	friend class Relay;
	RelaySession* _session = nullptr; ///< null unless it is open
};

/// What the relay wants done to a connection.
struct RelayAction
{
	enum class Kind
	{
		Pause, ///< read nothing of it
		Resume,
		Close, ///< the relay has forgotten it already
	};

	Kind kind = Kind::Close;
	RelayEnd* end = nullptr;
	std::uint16_t code = 0; ///< of a close
	std::string_view reason;
};

/// The relay without its sockets (docs/PROTOCOL.md, "The relay"; RelayService is the glue): carries datagrams
/// between members of a room, and to nobody else.
///
/// A member that arrives has a place, which is named by its relay address and opened by its ticket. One
/// connection at a time is at a place:
///
///     arrive ──> place ──open──> place with a connection ──frames──> the other's connection
///                  │  <──closed──┘
///                  └──depart──> leaving ──30 s──> gone, with its connection
///                                 └──arrive──> place, under a new ticket; its connection lives on
///
/// Fairness. Each member has a bucket of bytes for each other that it sends to, and one for all of them. What
/// is above it is dropped, as everything is that cannot be passed on; and who sends far more than is passed
/// on is not read for a while, so that its own TCP holds it back and the rest of it costs nothing here.
/// Between connections the loop is fair, since it reads a bounded number of bytes of each in turn.
class Relay
{
public:
	using Random = std::function<std::uint64_t()>;

	/// @param random Unpredictable numbers; tickets are made of them.
	Relay(const RelayLimits& limits, Random random);
	Relay(const Relay&) = delete;
	Relay& operator=(const Relay&) = delete;

	/// A member has proven its id and said hello: it gets a new ticket to its place, and the one before is
	/// void. @return Empty if there are too many places.
	std::optional<rendezvous::RelayPlace> arrive(
		const std::string& room, const std::string& id, TimePoint now);

	/// It has left its room. Without a place this does nothing.
	void depart(const std::string& room, const std::string& id, TimePoint now);

	/// Whether a ticket opens a place.
	bool knows(const std::string& ticket) const
	{
		return _tickets.contains(ticket);
	}

	/// A connection that shows a ticket. It is closed, by an action, if that is void by now.
	void open(const std::string& ticket, RelayEnd& end, TimePoint now);

	/// Legal for an end that is not open.
	void closed(RelayEnd& end);

	/// What is to be sent to whom: a datagram under its sender's key.
	struct Passed
	{
		RelayEnd* to = nullptr; ///< null if it was dropped
		relay::Frame frame;     ///< a view into what was heard
	};

	/// A binary message of a connection.
	Passed onFrame(RelayEnd& from, ByteView payload, TimePoint now);

	/// A message that cannot be a frame: a text, or a much too long one. @param closing Whether the
	/// connection ends by it anyway.
	void onMalformed(RelayEnd& from, bool closing = false);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// Takes the next action; to be called until there is none, before ends go away.
	bool poll(RelayAction& action);

	const RelayCounters& counters() const
	{
		return _counters;
	}

	std::size_t places() const
	{
		return _sessions.size();
	}

	std::size_t connections() const
	{
		return _connections;
	}

private:
	RelaySession* find(const std::string& room, const std::string& id);
	void renewTicket(RelaySession& session);
	void remove(RelaySession& session);
	void detach(RelaySession& session);
	void close(RelayEnd& end, std::uint16_t code, std::string_view reason);

	std::optional<RelayDrop> obstacle(
		RelaySession& from, const relay::Frame& frame, double cost, TimePoint now, RelaySession*& to);
	std::optional<RelayDrop> overRate(RelaySession& from, const RelaySession& to, double cost, TimePoint now);
	TokenBucket* bucketFor(RelaySession& from, relay::Key to, TimePoint now);
	void drop(RelaySession& from, RelayDrop why, double cost, TimePoint now);
	void pauseIfFarOver(RelaySession& session, TimePoint now);
	double forgiveness() const;
	double excess(const RelaySession& session, TimePoint now) const;

	RelayLimits _limits;
	Random _random;
	std::unordered_map<relay::Key, RelaySession> _sessions;
	/// A look-up compares whole hashes first, so that its time tells nothing of how a ticket begins.
	std::unordered_map<std::string, relay::Key> _tickets;
	std::set<std::pair<TimePoint, relay::Key>> _leaving;
	std::set<std::pair<TimePoint, relay::Key>> _pauses;
	std::deque<RelayAction> _actions;
	RelayCounters _counters;
	std::size_t _connections = 0;
};

/// A place. For Relay.
struct RelaySession
{
	/// What it sends to one other member.
	struct Pair
	{
		relay::Key to = 0;
		TokenBucket bytes;
	};

	relay::Key key = 0;
	std::string room;
	std::string id;
	std::string ticket;
	RelayEnd* end = nullptr;
	TimePoint leaves = NEVER;      ///< when the place is given up; NEVER while its member is there
	TimePoint pausedUntil = NEVER; ///< NEVER if it is not paused
	std::vector<Pair> pairs;
	TokenBucket total{{}, {}}; ///< what it sends to all of them
	double excess = 0;         ///< bytes sent in vain, as of excessAt
	TimePoint excessAt{};
};

}
