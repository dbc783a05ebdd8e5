#pragma once

#include <deque>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Identity.h"
#include "node/api/Time.h"
#include "node/api/TokenBucket.h"
#include "node/protocol/rendezvous/ClientCodec.h"
#include "plugins/signaling/rendezvous/ComplaintFilter.h"
#include "plugins/signaling/rendezvous/Events.h"
#include "plugins/signaling/rendezvous/PersistentConnection.h"
#include "plugins/signaling/rendezvous/RendezvousUrl.h"
#include "plugins/signaling/rendezvous/RoomMembers.h"

namespace gimlet::rendezvous_client
{

/// The client of a rendezvous as a machine: bytes of a stream and time in, bytes and events out.
///
/// It waits until it has been started and has a transport to announce; from then on its PersistentConnection
/// never gives up. After each upgrade it says hello, then its addresses, without waiting; a challenge that
/// comes meanwhile is answered at once, so that a proven registration takes no round trip more than another.
/// After every call, take the output and poll the events until there are none.
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

	using Randomness = PersistentConnection::Randomness;

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
		std::uint64_t sent = 0; ///< messages
		std::uint64_t received = 0;
		std::uint64_t malformed = 0;      ///< messages that were dropped since they could not be read
		std::uint64_t unknown = 0;        ///< messages of unknown types
		std::uint64_t skipped = 0;        ///< optional parts of messages that were left out for being wrong
		std::uint64_t refusedSignals = 0; ///< signals that the rendezvous could not deliver
	};

	/// PROTOCOL.md has no message as long as this; larger ones end the connection.
	static constexpr std::size_t MAX_MESSAGE = 64 * 1024;
	/// Messages that may come at once, and each second: a room of that many members is offered at once.
	static constexpr Rate MESSAGES{.burst = 4096, .perSecond = 200};

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

	/// The machine's network has changed: see PersistentConnection::doubt().
	void networkChanged(TimePoint now);

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
		return _connection.isOpen();
	}

	const Counters& counters() const
	{
		return _counters;
	}

	const PersistentConnection::Counters& connectionCounters() const
	{
		return _connection.counters();
	}

private:
	void readConnection();
	void begin();
	void reconnect();
	void onMessage(std::string_view text);
	void announceHello();
	void announceAddresses();
	void send(const std::string& message);
	void emit(Event event);
	std::string where() const;
	std::vector<Endpoint> seenAt(const rendezvous::Offer& offer) const;
	PersistentConnection::Options connectionOptions() const;

	void on(const Connect& wish);
	void on(const Disconnect& wish);
	void on(const PersistentConnection::Opened&);
	void on(const PersistentConnection::Failed& failure);
	void on(const RoundTrip& measured);
	void on(const websocket::Event& message);

	void take(const rendezvous::Offer& offer);
	void take(const rendezvous::Signal& signal);
	void take(const rendezvous::SignalFailed& failure);
	void take(const rendezvous::PeerLeft& left);
	void take(const rendezvous::PeerIncompatible& stranger);
	void take(const rendezvous::Welcome& welcome);
	/// @param why "" if nothing was left out.
	void noteSkipped(const std::string& why);
	void take(const rendezvous::UdpEndpointAck& ack);
	void take(const rendezvous::Error& error);
	void take(const rendezvous::EchoResponse&) {}
	void take(const rendezvous::MyDetails&) {}
	void take(const rendezvous::Challenge& challenge);
	void take(const rendezvous::TurnServers& turn);
	void take(const rendezvous::Unknown&);

	const Identity& _identity;
	const std::string _software;
	Options _options;
	Randomness _randomness;
	PersistentConnection _connection;
	TimePoint _now{}; ///< of the last call that told it

	bool _started = false;
	LocalDescription _description;
	bool _hasToken = false;
	bool _overLoopback = false;
	LocalDescription _announced;
	RoomMembers _members;
	bool _proven = false; ///< a challenge of this connection was answered
	bool _yields = false; ///< another connection with our id has replaced us: it goes before

	bool _turn = false; ///< TURN servers were handed out
	ComplaintFilter _complaints;
	std::string _lastNote;   ///< so that a repeated objection of the server is told once a connection
	bool _skipNoted = false; ///< that something was left out, in this connection
	TokenBucket _messages{MESSAGES, TimePoint{}};

	std::deque<Event> _events;
	Counters _counters;
};

}
