#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Identity.h"
#include "node/api/Time.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "node/protocol/websocket/Session.h"
#include "plugins/signaling/rendezvous/Backoff.h"
#include "plugins/signaling/rendezvous/ComplaintFilter.h"
#include "plugins/signaling/rendezvous/Events.h"
#include "plugins/signaling/rendezvous/RendezvousUrl.h"
#include "plugins/signaling/rendezvous/RoomMembers.h"
#include "plugins/signaling/rendezvous/Verdict.h"

namespace gimlet::rendezvous_client
{

/// The client of a rendezvous as a machine: bytes of a stream and time in, bytes and events out.
///
///     Idle ──> Dialing ──> Upgrading ──> Online
///                 ^            │            │      any failure: a pause, longer each time
///                 └── Pausing <┴────────────┘
///
/// It waits in Idle until it has been started and has a transport to announce; from then on it never gives
/// up. After each upgrade it says hello, then its addresses, without waiting; a challenge that comes
/// meanwhile is answered at once, so that a proven registration takes no round trip more than another. After
/// every call, take output() and poll the events until there are none.
class RendezvousClient
{
public:
	/// What may change while it runs.
	struct Options
	{
		RendezvousUrl url;
		std::string room;
		std::chrono::milliseconds pingInterval{25'000};
		std::chrono::milliseconds pingTimeout{25'000};
	};

	struct Randomness
	{
		std::function<double()> chance; ///< 0 to 1, for the pauses
		websocket::RandomSource bytes = websocket::secureRandom;
	};

	/// Of a connection that has been made.
	struct Connection
	{
		std::string token; ///< "" for none
		/// For a cloud's gate before the rendezvous; "" for none.
		std::string iamToken{};
		bool overLoopback = false;
	};

	/// Since the beginning.
	struct Counters
	{
		std::uint64_t connections = 0; ///< upgrades that succeeded
		std::uint64_t failures = 0;    ///< connections, and attempts at one, that ended without our wish
		std::uint64_t sent = 0;        ///< messages
		std::uint64_t received = 0;
		std::uint64_t malformed = 0;      ///< messages that were dropped since they could not be read
		std::uint64_t unknown = 0;        ///< messages of unknown types
		std::uint64_t refusedSignals = 0; ///< signals that the rendezvous could not deliver
		std::uint64_t pings = 0;
		std::chrono::microseconds roundTrip{0}; ///< of the last ping
	};

	/// PROTOCOL.md has no message as long as this; larger ones end the connection.
	static constexpr std::size_t MAX_MESSAGE = 64 * 1024;
	/// Messages that may come at once, and each second: a room of that many members is offered at once.
	static constexpr double MESSAGE_BURST = 4096;
	static constexpr double MESSAGE_RATE = 200;
	/// How long the answer to the upgrade may take.
	static constexpr std::chrono::seconds UPGRADE_TIMEOUT{10};
	/// A connection that lived so long was a good one: the next pause is short again.
	static constexpr std::chrono::seconds STABLE{10};

	/// @param software For the User-Agent header, "gimlet/0.1.0".
	/// @param identity Whose id it registers, and proves if it is asked to; outlives it.
	RendezvousClient(const Identity& identity, std::string software, Options options, Randomness randomness);

	void start();

	/// Says goodbye and goes back to Idle.
	void stop();

	/// The node's description changed. A changed name or list of transports needs a new connection.
	void describe(const LocalDescription& description);

	/// Takes new options. A changed URL or room is acted upon at once, as is anything while it is pausing.
	void reconfigure(Options options, TimePoint now);

	/// @return False when not online, or when the data is no JSON or too long.
	bool sendSignal(const PeerId& to, const std::string& session, const std::string& data);

	/// The stream is open. After a Connect, once.
	void onOpen(const Connection& connection, TimePoint now);
	void onBytes(ByteView bytes, TimePoint now);
	/// The stream could not be opened, or has ended. @param error "" for an orderly end.
	void onClosed(const std::string& error, TimePoint now);

	/// The token for a connection could not be had. After a Connect, instead of onOpen.
	void onNoToken(const std::string& error, TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// The bytes for the stream, taken away.
	Buffer takeOutput();

	std::optional<Event> pollEvent();

	bool online() const
	{
		return _phase == Phase::Online;
	}

	const Counters& counters() const
	{
		return _counters;
	}

private:
	enum class Phase
	{
		Idle,
		Pausing,
		Dialing,
		Upgrading,
		Online,
	};

	void dial();
	void reconnect();
	void fail(const Verdict& verdict, TimePoint now);
	void leaveConnection();
	void readAnswer(TimePoint now);
	void goOnline(TimePoint now);
	void readSession(ByteView bytes, TimePoint now);
	void onMessage(std::string_view text, TimePoint now);
	bool withinRate(TimePoint now);
	void announceHello();
	void announceAddresses();
	void send(const std::string& message);
	void sendPing(TimePoint now);
	void emit(Event event);
	std::string where() const;

	void take(const rendezvous::Offer& offer);
	void take(const rendezvous::Signal& signal);
	void take(const rendezvous::SignalFailed& failure);
	void take(const rendezvous::PeerLeft& left);
	void take(const rendezvous::PeerIncompatible& stranger);
	void take(const rendezvous::Welcome& welcome);
	void take(const rendezvous::UdpEndpointAck& ack);
	void take(const rendezvous::Error& error);
	void take(const rendezvous::EchoResponse&) {}
	void take(const rendezvous::MyDetails&) {}
	void take(const rendezvous::Challenge& challenge);
	void take(const rendezvous::TurnServers&) {}
	void take(const rendezvous::Unknown&);

	const Identity& _identity;
	const std::string _software;
	Options _options;
	Randomness _randomness;
	websocket::FramePool _pool;

	Phase _phase = Phase::Idle;
	bool _started = false;
	LocalDescription _description;
	Connection _connection;
	std::string _key;
	std::string _answer;
	std::optional<websocket::Session> _session;
	LocalDescription _announced;
	RoomMembers _members;
	bool _proven = false; ///< a challenge of this connection was answered
	bool _yields = false; ///< another connection with our id has replaced us: it goes before

	Backoff _backoff;
	ComplaintFilter _complaints;
	std::string _lastNote;       ///< so that a repeated objection of the server is told once a connection
	TimePoint _deadline = NEVER; ///< of the phase
	TimePoint _onlineSince{};
	TimePoint _nextPing = NEVER;
	TimePoint _pongDeadline = NEVER;
	TimePoint _pingSent{};
	std::string _pingPayload; ///< of the ping that is not answered yet
	double _allowance = MESSAGE_BURST;
	TimePoint _allowanceAt{};

	Buffer _output;
	std::deque<Event> _events;
	Counters _counters;
};

}
