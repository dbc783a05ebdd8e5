#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "node/api/Bytes.h"
#include "node/api/Time.h"
#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"
#include "plugins/signaling/rendezvous/Backoff.h"
#include "plugins/signaling/rendezvous/Events.h"
#include "plugins/signaling/rendezvous/Verdict.h"

namespace gimlet::rendezvous_client
{

/// A WebSocket to the rendezvous that is made anew whenever it ends, as a machine: what the signaling and the
/// relay have in common.
///
///     Idle ──> Dialing ──> Upgrading ──> Open
///                 ^            │           │      any failure: a pause, longer each time
///                 └── Pausing <┴───────────┘
///
/// From start() on it never gives up. Pings show whether the connection lives. After every call, take
/// output() and poll the events until there are none.
class PersistentConnection
{
public:
	/// What may change while it runs.
	struct Options
	{
		std::string url; ///< of the rendezvous, for messages
		std::chrono::milliseconds pingInterval{25'000};
		std::chrono::milliseconds pingTimeout{25'000};
	};

	struct Randomness
	{
		std::function<double()> chance; ///< 0 to 1, for the pauses
		websocket::RandomSource bytes = randomBytes;
	};

	/// What is thought of an answer that is no WebSocket.
	using Judge = std::function<Verdict(const websocket::Answer&)>;

	/// The upgrade has succeeded: messages may be sent.
	struct Opened
	{
	};

	/// The connection, or an attempt at one, has ended without our wish.
	struct Failed
	{
		Verdict verdict;
		/// It had been open for STABLE.
		bool stable = false;
	};

	/// Binary and text are messages, and nothing else comes as a websocket::Event.
	using Event = std::variant<Connect, Disconnect, Opened, Failed, RoundTrip, websocket::Event>;

	struct Counters
	{
		std::uint64_t connections = 0; ///< upgrades that succeeded
		std::uint64_t failures = 0;    ///< connections, and attempts at one, that ended without our wish
		std::uint64_t pings = 0;
		std::chrono::microseconds roundTrip{0}; ///< of the last ping; before the first, of the upgrade
	};

	/// How long the answer to the upgrade may take.
	static constexpr std::chrono::seconds UPGRADE_TIMEOUT{10};
	/// A connection that lived so long was a good one: the next pause is short again.
	static constexpr std::chrono::seconds STABLE{10};
	/// How long the answer to a ping may take when the network has changed: mobile networks take a second or
	/// two to wake, and TCP repeats a lost segment twice in that time.
	static constexpr std::chrono::seconds DOUBT_TIMEOUT{3};
	/// Why a connection is over that TCP would wait for, for minutes.
	static constexpr const char* ADDRESS_GONE = "the address of this machine that it had is gone";

	/// @param what For messages: "the rendezvous".
	/// @param maxMessage A longer message ends the connection.
	PersistentConnection(std::string what, std::size_t maxMessage, Options options, Randomness randomness);

	void start();

	/// Says goodbye and goes back to Idle.
	void stop();

	/// Says goodbye and connects anew, at once and as if nothing had failed before.
	void restart();

	void reconfigure(Options options, TimePoint now);

	/// The network may be another one: an open connection must show that it lives, by the answer to a ping of
	/// now, and no later than it would have had to before. Whatever else goes on begins anew, unless the
	/// rendezvous has asked for the pause.
	void doubt(TimePoint now);

	/// Ends the connection, or the attempt, and pauses.
	void fail(const Verdict& verdict, TimePoint now);

	/// Tells the other side why, if there is a connection to fail() after it.
	void sayGoodbye(std::uint16_t code, std::string_view reason);

	/// The stream is open. After a Connect, once. @param request Without its key.
	void onOpen(websocket::ClientRequest request, Judge judge, TimePoint now);
	void onBytes(ByteView bytes, TimePoint now);
	/// The stream could not be opened, or has ended. @param error "" for an orderly end.
	void onClosed(const std::string& error, TimePoint now);

	void onTimer(TimePoint now);
	TimePoint nextDeadline() const;

	/// Ignored unless it is open.
	void sendText(std::string_view text);
	void sendBinary(ByteView bytes);

	/// The bytes for the stream, until the next call; taken() forgets them.
	ByteView output();
	void taken();

	std::optional<Event> pollEvent();

	bool isIdle() const
	{
		return _phase == Phase::Idle;
	}

	bool isPausing() const
	{
		return _phase == Phase::Pausing;
	}

	/// Whether a Connect has been answered by nothing yet.
	bool isDialing() const
	{
		return _phase == Phase::Dialing;
	}

	bool isOpen() const
	{
		return _phase == Phase::Open;
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
		Open,
	};

	void dial();
	void leave();
	void readAnswer(TimePoint now);
	void ping(TimePoint now);
	void expectPong(TimePoint now, std::chrono::milliseconds patience);
	void measured(TimePoint sent, TimePoint now);

	const std::string _what;
	const std::size_t _maxMessage;
	Options _options;
	Randomness _randomness;
	websocket::FramePool _pool;

	Phase _phase = Phase::Idle;
	std::string _key;
	std::string _answer;
	Judge _judge;
	std::optional<websocket::Session> _session;
	Backoff _backoff;
	bool _asked = false;         ///< the pause is one that the rendezvous wants
	TimePoint _deadline = NEVER; ///< of the phase
	TimePoint _openSince{};
	TimePoint _requested{};
	TimePoint _heard{};
	TimePoint _nextPing = NEVER;
	TimePoint _pongDeadline = NEVER;
	std::chrono::milliseconds _patience{0}; ///< with the ping that set the deadline
	bool _doubted = false; ///< nothing but the pong to that ping shows that the connection lives
	TimePoint _pingSent{};
	std::string _pingPayload; ///< of that ping

	Buffer _output;
	std::deque<Event> _events;
	Counters _counters;
};

}
