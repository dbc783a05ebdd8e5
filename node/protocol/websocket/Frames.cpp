#include "node/protocol/websocket/Frames.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

namespace gimlet::websocket
{

namespace
{

/// Base header, extended length and masking key: the most that a frame adds to its payload.
constexpr std::size_t MAX_HEADER = 2 + 8 + 4;

std::size_t headerSize(std::uint64_t payloadLength, bool masked)
{
	const std::size_t extended = payloadLength < 126 ? 0 : payloadLength < 65'536 ? 2 : 8;
	return 2 + extended + (masked ? 4 : 0);
}

FrameContext makeContext(const wslay_frame_callbacks& callbacks, void* self)
{
	wslay_frame_context_ptr context = nullptr;
	if (wslay_frame_context_init(&context, &callbacks, self) != 0)
		throw std::bad_alloc();
	return FrameContext{context};
}

}

FrameReader::FrameReader() :
	_context(
		makeContext({.send_callback = nullptr, .recv_callback = &receive, .genmask_callback = nullptr}, this))
{
}

ssize_t FrameReader::receive(std::uint8_t* buffer, std::size_t size, int, void* self)
{
	auto& reader = *static_cast<FrameReader*>(self);
	const auto length = std::min(size, reader._input.size());
	if (length == 0)
		return -1;
	std::memcpy(buffer, reader._input.data(), length);
	reader._input = reader._input.subspan(length);
	reader._given += length;
	return static_cast<ssize_t>(length);
}

FrameReader::Result FrameReader::read(ByteView& input, Piece& piece)
{
	_input = input;
	wslay_frame_iocb frame{};
	const auto result = wslay_frame_recv(_context.get(), &frame);
	input = _input;
	if (result == WSLAY_ERR_WANT_READ)
		return Result::NeedMore;
	if (result < 0)
		return Result::Malformed;

	piece.opcode = static_cast<Opcode>(frame.opcode);
	piece.fin = frame.fin != 0;
	piece.rsv = frame.rsv;
	piece.masked = frame.mask != 0;
	piece.payloadLength = frame.payload_length;
	piece.data = {frame.data, frame.data_length};
	piece.first = !_inFrame;
	_read = (piece.first ? 0 : _read) + frame.data_length;
	piece.last = _read == frame.payload_length;
	_inFrame = !piece.last;
	if (piece.last)
		_used += headerSize(frame.payload_length, piece.masked) + frame.payload_length;
	return Result::Piece;
}

FramePool::FramePool(Role role, RandomSource random) :
	_role(role),
	_random(std::move(random)),
	_writer(makeContext({.send_callback = &send, .recv_callback = nullptr, .genmask_callback = &mask}, this))
{
}

std::unique_ptr<FrameReader> FramePool::take()
{
	if (_spare.empty())
		return std::make_unique<FrameReader>();
	auto reader = std::move(_spare.back());
	_spare.pop_back();
	return reader;
}

void FramePool::give(std::unique_ptr<FrameReader> reader)
{
	if (reader && reader->idle() && _spare.size() < MAX_SPARE)
		_spare.push_back(std::move(reader));
}

std::string FramePool::takeText()
{
	if (_spareTexts.empty())
		return {};
	auto text = std::move(_spareTexts.back());
	_spareTexts.pop_back();
	return text;
}

void FramePool::give(std::string text)
{
	const bool holdsNothing = text.capacity() <= std::string{}.capacity();
	if (holdsNothing || text.capacity() > MAX_SPARE_TEXT || _spareTexts.size() >= MAX_SPARE)
		return;
	text.clear();
	_spareTexts.push_back(std::move(text));
}

ssize_t FramePool::send(const std::uint8_t* data, std::size_t size, int, void* self)
{
	// write() has reserved the room, so that nothing is thrown through wslay.
	auto& out = *static_cast<FramePool*>(self)->_out;
	out.insert(out.end(), data, data + size);
	return static_cast<ssize_t>(size);
}

int FramePool::mask(std::uint8_t* buffer, std::size_t size, void* self)
{
	try
	{
		static_cast<FramePool*>(self)->_random({buffer, size});
		return 0;
	}
	catch (const std::exception&)
	{
		return -1;
	}
}

void FramePool::write(Buffer& out, Opcode opcode, ByteView payload, bool fin)
{
	const bool control = (static_cast<unsigned>(opcode) & 8U) != 0;
	if (control && payload.size() > MAX_CONTROL_PAYLOAD)
		throw std::invalid_argument("a WebSocket control frame carries at most 125 bytes");

	if (out.capacity() - out.size() < MAX_HEADER + payload.size())
		out.reserve(std::max(out.size() + MAX_HEADER + payload.size(), 2 * out.capacity()));
	_out = &out;
	wslay_frame_iocb frame{};
	frame.fin = fin ? 1 : 0;
	frame.opcode = static_cast<std::uint8_t>(opcode);
	frame.mask = _role == Role::Client ? 1 : 0;
	frame.payload_length = payload.size();
	frame.data = payload.data();
	frame.data_length = payload.size();
	const auto result = wslay_frame_send(_writer.get(), &frame);
	_out = nullptr;
	if (result < 0)
		throw std::runtime_error("no WebSocket frame could be made: no randomness for its mask");
}

}
