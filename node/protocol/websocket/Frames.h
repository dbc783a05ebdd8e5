#pragma once

#include <wslay/wslay.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "node/api/Bytes.h"
#include "node/protocol/random/Random.h"

namespace gimlet::websocket
{

enum class Role
{
	Server,
	Client,
};

/// RFC 6455, section 5.2.
enum class Opcode : std::uint8_t
{
	Continuation = 0x0,
	Text = 0x1,
	Binary = 0x2,
	Close = 0x8,
	Ping = 0x9,
	Pong = 0xa,
};

/// RFC 6455, section 5.5: the payload of a control frame.
inline constexpr std::size_t MAX_CONTROL_PAYLOAD = 125;

/// Fills a buffer with randomness that an attacker cannot predict (RFC 6455, section 10.3).
using RandomSource = std::function<void(std::span<std::uint8_t>)>;

struct FreeFrameContext
{
	void operator()(wslay_frame_context* context) const
	{
		wslay_frame_context_free(context);
	}
};

using FrameContext = std::unique_ptr<wslay_frame_context, FreeFrameContext>;

/// Takes frames out of a stream of bytes.
///
/// A wslay context holds 4 KiB, so a reader is lent by a FramePool and goes back whenever idle() says that
/// nothing of a frame is in it: a connection that is silent between two frames keeps none.
class FrameReader
{
public:
	/// A piece of a frame's payload, unmasked.
	struct Piece
	{
		Opcode opcode = Opcode::Continuation; ///< as it came: may be a reserved one
		bool fin = false;
		std::uint8_t rsv = 0;
		bool masked = false;
		std::uint64_t payloadLength = 0; ///< as announced, whole
		ByteView data;                   ///< valid until the next call
		bool first = false;              ///< of this frame
		bool last = false;
	};

	enum class Result
	{
		Piece,
		NeedMore,
		Malformed, ///< lengths or control frames against RFC 6455, sections 5.2 and 5.5; the reader is spent
	};

	FrameReader();
	FrameReader(const FrameReader&) = delete;
	FrameReader& operator=(const FrameReader&) = delete;

	/// The next piece from what is left of input, which is shortened by what was read.
	Result read(ByteView& input, Piece& piece);

	/// Whether every byte that was read belongs to a frame that has been handed out whole.
	bool idle() const
	{
		return _given == _used && !_inFrame;
	}

private:
	static ssize_t receive(std::uint8_t* buffer, std::size_t size, int flags, void* self);

	FrameContext _context;
	ByteView _input;
	std::uint64_t _given = 0; ///< bytes that wslay took
	std::uint64_t _used = 0;  ///< bytes of whole frames
	std::uint64_t _read = 0;  ///< payload bytes of the present frame
	bool _inFrame = false;
};

/// Readers and one writer, shared by the connections of one thread and of one role (a wslay context that
/// has once masked goes on masking).
class FramePool
{
public:
	explicit FramePool(Role role, RandomSource random = randomBytes);
	FramePool(const FramePool&) = delete;
	FramePool& operator=(const FramePool&) = delete;

	Role role() const
	{
		return _role;
	}

	std::unique_ptr<FrameReader> take();

	/// Gives a reader back; only an idle one.
	void give(std::unique_ptr<FrameReader> reader);

	/// An empty text to gather a message in: one that was given back, if there is one, with its memory. So
	/// many messages, one after another, take none anew.
	std::string takeText();

	/// Gives the text of a message back that nobody needs any more. One that holds much is not kept.
	void give(std::string text);

	/// Appends a whole frame, header and payload together, masked if this is the client's side.
	/// @throws std::invalid_argument for a control frame over MAX_CONTROL_PAYLOAD.
	void write(Buffer& out, Opcode opcode, ByteView payload, bool fin = true);

private:
	static ssize_t send(const std::uint8_t* data, std::size_t size, int flags, void* self);
	static int mask(std::uint8_t* buffer, std::size_t size, void* self);

	/// How many spare readers, and texts, are kept: more than that are in use at once only in a burst.
	static constexpr std::size_t MAX_SPARE = 64;

	/// What a spare text may hold: a datagram that is relayed, or a signal.
	static constexpr std::size_t MAX_SPARE_TEXT = 4096;

	Role _role;
	RandomSource _random;
	FrameContext _writer;
	Buffer* _out = nullptr;
	std::vector<std::unique_ptr<FrameReader>> _spare;
	std::vector<std::string> _spareTexts;
};

}
