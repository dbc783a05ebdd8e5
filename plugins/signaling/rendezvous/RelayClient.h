#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "node/api/Bytes.h"
#include "node/api/Time.h"
#include "node/protocol/relay/Frame.h"
#include "plugins/signaling/rendezvous/ComplaintFilter.h"
#include "plugins/signaling/rendezvous/Events.h"
#include "plugins/signaling/rendezvous/PersistentConnection.h"
#include "plugins/signaling/rendezvous/RendezvousUrl.h"

namespace gimlet::rendezvous_client
{

/// The client of the rendezvous' relay as a machine: a WebSocket of its own, each binary message of which is
/// one datagram to or from another member of the room (docs/PROTOCOL.md, section 1).
///
/// It is idle until the rendezvous has given it a place; from then on its PersistentConnection never gives
/// up. Datagrams are never queued for a connection that is not there. After every call, take the output and
/// poll the events until there are none.
class RelayClient
{
public:
	/// Where the rendezvous lets this node in.
	struct Place
	{
		RendezvousUrl url;
		std::string path;     ///< ends with the ticket: a secret
		Endpoint address;     ///< of 100::/64
		std::string ticket{}; ///< if it may be shown as a bearer token instead
		std::string iamToken{};

		/// Whether peers reach this node the same way by both.
		bool isSameFor(const Place& other) const
		{
			return url == other.url && address == other.address;
		}
	};

	/// Since the beginning.
	struct Counters
	{
		std::uint64_t sent = 0; ///< datagrams, and the bytes in them
		std::uint64_t sentBytes = 0;
		std::uint64_t received = 0;
		std::uint64_t receivedBytes = 0;
		std::uint64_t malformed = 0;    ///< received, and no datagram
		std::uint64_t notConnected = 0; ///< to be sent, and dropped, for this reason
		std::uint64_t tooLong = 0;      ///< or empty
		std::uint64_t congested = 0;
	};

	/// Not connected any more, or not after all.
	struct Closed
	{
		std::string reason;
	};

	/// Peers may be told that this node can be reached by the relay, or no longer.
	struct Reachable
	{
	};
	struct Unreachable
	{
	};

	struct Datagram
	{
		relay::Key from = 0;
		std::string payload; ///< of the frame

		ByteView bytes() const
		{
			return asBytes(payload).subspan(relay::KEY_SIZE);
		}
	};

	using Event =
		std::variant<Connect, Disconnect, Note, RoundTrip, Closed, Reachable, Unreachable, Datagram>;

	/// Datagrams wait no longer than so many bytes take: what is late is of less use than what is lost.
	static constexpr std::size_t MAX_WAITING = 128 * 1024;
	/// For so long peers are not told of a lost connection; it is seldom gone for longer.
	static constexpr std::chrono::seconds PATIENCE{10};

	/// @param software For the User-Agent header, "gimlet/0.1.0".
	RelayClient(std::string software, PersistentConnection::Randomness randomness);

	/// The rendezvous has let this node in, anew perhaps. A connection that lives on is kept when the place
	/// is the same for peers; its successors take the new path.
	void offer(Place place, std::chrono::milliseconds pingInterval, std::chrono::milliseconds pingTimeout,
		TimePoint now);

	/// Says goodbye, and is idle until the next offer.
	void withdraw();

	void networkChanged(TimePoint now);

	/// @param waiting Bytes that the stream has not yet got rid of.
	/// @return False, and it is counted why, when the datagram was dropped.
	bool send(relay::Key to, ByteView datagram, std::size_t waiting);

	/// The stream is open. After a Connect, once.
	void onOpen(TimePoint now);
	void onBytes(ByteView bytes, TimePoint now);
	void onClosed(const std::string& error, TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// The bytes for the stream, until the next call; taken() forgets them.
	ByteView output()
	{
		return _connection.output();
	}

	void taken()
	{
		_connection.taken();
	}

	std::optional<Event> pollEvent();

	bool isOpen() const
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
	void on(const Connect& wish);
	void on(const Disconnect& wish);
	void on(const PersistentConnection::Opened&);
	void on(const PersistentConnection::Failed& failure);
	void on(const RoundTrip& measured);
	void on(websocket::Event& message);
	void giveUp();

	const std::string _software;
	PersistentConnection _connection;
	TimePoint _now{}; ///< of the last call that told it
	std::optional<Place> _place;
	bool _reachable = false;     ///< so the peers were told
	TimePoint _giveUpAt = NEVER; ///< when the connection has been down for too long
	std::string _reason;         ///< why it is down
	ComplaintFilter _complaints;
	std::array<std::uint8_t, relay::MAX_FRAME> _frame{};
	std::deque<Event> _events;
	Counters _counters;
};

}
