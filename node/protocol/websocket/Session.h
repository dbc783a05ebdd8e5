#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/protocol/websocket/CloseCode.h"
#include "node/protocol/websocket/Frames.h"

namespace gimlet::websocket
{

/// What a Session has to tell.
struct Event
{
	enum class Type
	{
		Text,   ///< data is a whole message, valid UTF-8
		Binary, ///< data is a whole message
		Pong,   ///< data is what the ping carried
		Closed, ///< the last event; see code
	};

	Type type = Type::Text;
	/// The message; for Closed the reason, for people.
	std::string data;
	/// For Closed: the peer's code (NO_STATUS if its frame had none) or, where localFailure, the code that
	/// was sent because the peer broke the protocol or a limit.
	std::uint16_t code = 0;
	bool localFailure = false;
};

/// One WebSocket after its handshake, either side: bytes in, messages out, and the other way round.
///
///     session.receive(bytes);                       // what the socket gave
///     while (auto event = session.pollEvent()) ...  // messages, pongs, the end
///     write(session.output()); session.sent(n);     // what the socket should get
///
/// Pings are answered, fragments joined, masks applied, and what RFC 6455 forbids ends the session with
/// the code that it names. It has no timer: pings and the patience with a close are the owner's. Between
/// frames it holds no buffer and no wslay context. One thread at a time.
class Session
{
public:
	/// @param pool Lends the frame readers; tells the role; must outlive the session.
	/// @param maxMessage The most bytes of a message that are accepted; more ends it with TOO_LARGE.
	Session(FramePool& pool, std::size_t maxMessage);

	/// Takes bytes from the peer. What they hold is told by pollEvent(), whose queue is therefore no larger
	/// than what was fed: poll it empty before the next call.
	void receive(ByteView bytes);

	std::optional<Event> pollEvent();

	/// Gives the data of an event back, for further messages; whoever keeps it just does not.
	void recycle(Event event)
	{
		_pool.give(std::move(event.data));
	}

	/// Queue a message or a ping; ignored once closing.
	void sendText(std::string_view text);
	void sendBinary(ByteView bytes);
	void ping(ByteView payload = {});

	/// Begins the closing handshake: nothing more is sent, messages of the peer are dropped, and Closed
	/// follows when the peer has answered. Ignored once closing.
	/// @param code NO_STATUS sends none. Codes that may not be sent become INTERNAL_ERROR.
	/// @param reason Cut to 123 bytes, between characters.
	void close(std::uint16_t code, std::string_view reason = {});

	/// Frames for the peer, in order and whole; valid until the next call of anything.
	ByteView output() const;

	/// The first bytes of output() have gone.
	void sent(std::size_t length);

	/// A close frame has been queued, by either side's wish.
	bool closing() const
	{
		return _closeSent;
	}

	/// Closed has been told or is queued: write what output() holds, then close the connection. A client
	/// should give the server a moment to do so first (RFC 6455, section 7.1.1).
	bool finished() const
	{
		return _finished;
	}

private:
	bool accept(const FrameReader::Piece& piece);
	bool acceptFirst(const FrameReader::Piece& piece);
	void completeFrame(const FrameReader::Piece& piece);
	void completeClose();
	void fail(std::uint16_t code, std::string_view reason);
	void finish(std::uint16_t code, std::string reason, bool localFailure);
	void writeClose(std::uint16_t code, std::string_view reason);

	FramePool& _pool;
	const std::size_t _maxMessage;
	std::unique_ptr<FrameReader> _reader;
	std::string _message; ///< of the data message in progress
	std::string _control; ///< payload of the control frame in progress
	std::vector<Event> _events;
	std::size_t _polled = 0;
	Buffer _output;
	std::size_t _sent = 0;
	Opcode _messageOpcode = Opcode::Continuation; ///< Continuation: no message in progress
	bool _closeWanted = false;                    ///< close() was called: messages not yet polled are dropped
	bool _closeSent = false;
	bool _finished = false;
};

}
