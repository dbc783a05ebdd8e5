#include "node/protocol/websocket/Session.h"

#include <algorithm>
#include <utility>

#include "node/protocol/json/Utf8.h"

namespace gimlet::websocket
{

namespace
{

/// A close frame's payload is a code and a reason (RFC 6455, section 5.5.1).
constexpr std::size_t MAX_REASON = MAX_CONTROL_PAYLOAD - 2;

bool isControl(Opcode opcode)
{
	return (static_cast<unsigned>(opcode) & 8U) != 0;
}

std::string_view cutBetweenCharacters(std::string_view text, std::size_t maxLength)
{
	if (text.size() <= maxLength)
		return text;
	while (maxLength > 0 && (static_cast<std::uint8_t>(text[maxLength]) & 0xc0U) == 0x80)
		--maxLength;
	return text.substr(0, maxLength);
}

/// Gives the memory back as well, which clear() does not.
template <typename Container>
void release(Container& container)
{
	Container{}.swap(container);
}

}

Session::Session(FramePool& pool, std::size_t maxMessage) : _pool(pool), _maxMessage(maxMessage) {}

void Session::receive(ByteView bytes)
{
	if (_finished || bytes.empty())
		return;
	if (!_reader)
		_reader = _pool.take();
	FrameReader::Piece piece;
	while (!_finished)
	{
		const auto result = _reader->read(bytes, piece);
		if (result == FrameReader::Result::NeedMore)
			break;
		if (result == FrameReader::Result::Malformed)
			fail(PROTOCOL_ERROR, "malformed frame");
		else if (accept(piece) && piece.last)
			completeFrame(piece);
	}
	if (_finished)
		_reader.reset();
	else if (_reader->idle())
		_pool.give(std::move(_reader));
}

bool Session::accept(const FrameReader::Piece& piece)
{
	if (piece.first && !acceptFirst(piece))
		return false;
	if (isControl(piece.opcode))
	{
		_control.append(asText(piece.data));
		return true;
	}
	if (_closeSent)
		return true;
	_message.append(asText(piece.data));
	return true;
}

bool Session::acceptFirst(const FrameReader::Piece& piece)
{
	const bool masked = _pool.role() == Role::Server;
	if (piece.masked != masked)
	{
		fail(PROTOCOL_ERROR, masked ? "frame is not masked" : "frame is masked");
		return false;
	}
	if (piece.rsv != 0)
	{
		fail(PROTOCOL_ERROR, "reserved bit set without an extension");
		return false;
	}
	switch (piece.opcode)
	{
	case Opcode::Close:
	case Opcode::Ping:
	case Opcode::Pong:
		_control.clear();
		return true;
	case Opcode::Text:
	case Opcode::Binary:
		if (_messageOpcode != Opcode::Continuation)
		{
			fail(PROTOCOL_ERROR, "new message inside a fragmented one");
			return false;
		}
		_messageOpcode = piece.opcode;
		_message = _pool.takeText();
		break;
	case Opcode::Continuation:
		if (_messageOpcode == Opcode::Continuation)
		{
			fail(PROTOCOL_ERROR, "continuation of nothing");
			return false;
		}
		break;
	default:
		fail(PROTOCOL_ERROR, "unknown opcode");
		return false;
	}
	// Compared by subtraction, since an announced length may be near 2^63.
	if (piece.payloadLength > _maxMessage - _message.size())
	{
		fail(TOO_LARGE, "message is larger than " + std::to_string(_maxMessage) + " bytes");
		return false;
	}
	return true;
}

void Session::completeFrame(const FrameReader::Piece& piece)
{
	switch (piece.opcode)
	{
	case Opcode::Close:
		completeClose();
		return;
	case Opcode::Ping:
		if (!_closeSent)
			_pool.write(_output, Opcode::Pong, asBytes(_control));
		release(_control);
		return;
	case Opcode::Pong:
		_events.push_back({.type = Event::Type::Pong, .data = std::exchange(_control, {})});
		return;
	default:
		break;
	}
	if (!piece.fin)
		return;
	const bool text = std::exchange(_messageOpcode, Opcode::Continuation) == Opcode::Text;
	if (_closeSent)
		return;
	if (text && !json::isUtf8(_message))
		return fail(INVALID_PAYLOAD, "text is not UTF-8");
	_events.push_back(
		{.type = text ? Event::Type::Text : Event::Type::Binary, .data = std::exchange(_message, {})});
}

void Session::completeClose()
{
	if (_control.empty())
	{
		writeClose(NO_STATUS, {});
		return finish(NO_STATUS, {}, false);
	}
	if (_control.size() == 1)
		return fail(PROTOCOL_ERROR, "close code of one byte");
	const auto code = static_cast<std::uint16_t>(
		static_cast<std::uint8_t>(_control[0]) << 8U | static_cast<std::uint8_t>(_control[1]));
	if (!mayBeSent(code))
		return fail(PROTOCOL_ERROR, "close code that may not be sent");
	auto reason = _control.substr(2);
	if (!json::isUtf8(reason))
		return fail(INVALID_PAYLOAD, "close reason is not UTF-8");
	writeClose(code, {});
	finish(code, std::move(reason), false);
}

void Session::fail(std::uint16_t code, std::string_view reason)
{
	writeClose(code, reason);
	finish(code, std::string{reason}, true);
}

void Session::finish(std::uint16_t code, std::string reason, bool localFailure)
{
	_finished = true;
	release(_message);
	release(_control);
	_events.push_back(
		{.type = Event::Type::Closed, .data = std::move(reason), .code = code, .localFailure = localFailure});
}

std::optional<Event> Session::pollEvent()
{
	while (_polled < _events.size())
	{
		auto& event = _events[_polled++];
		if (!_closeWanted || event.type == Event::Type::Closed)
			return std::move(event);
	}
	release(_events);
	_polled = 0;
	return std::nullopt;
}

void Session::sendText(std::string_view text)
{
	if (!_closeSent)
		_pool.write(_output, Opcode::Text, asBytes(text));
}

void Session::sendBinary(ByteView bytes)
{
	if (!_closeSent)
		_pool.write(_output, Opcode::Binary, bytes);
}

void Session::ping(ByteView payload)
{
	if (!_closeSent)
		_pool.write(_output, Opcode::Ping, payload.first(std::min(payload.size(), MAX_CONTROL_PAYLOAD)));
}

void Session::close(std::uint16_t code, std::string_view reason)
{
	if (_closeSent)
		return;
	_closeWanted = true;
	const bool sendable = code == NO_STATUS || mayBeSent(code);
	writeClose(sendable ? code : std::uint16_t{INTERNAL_ERROR}, reason);
	release(_message);
}

void Session::writeClose(std::uint16_t code, std::string_view reason)
{
	if (std::exchange(_closeSent, true))
		return;
	Buffer payload;
	if (code != NO_STATUS)
	{
		const auto text = asBytes(cutBetweenCharacters(reason, MAX_REASON));
		payload = {static_cast<std::uint8_t>(code >> 8U), static_cast<std::uint8_t>(code & 0xffU)};
		payload.insert(payload.end(), text.begin(), text.end());
	}
	_pool.write(_output, Opcode::Close, payload);
}

ByteView Session::output() const
{
	return ByteView{_output}.subspan(_sent);
}

void Session::sent(std::size_t length)
{
	_sent += std::min(length, _output.size() - _sent);
	if (_sent == _output.size())
	{
		release(_output);
		_sent = 0;
	}
	else if (_sent > _output.size() / 2)
	{
		// The queue of a slow reader must not grow by what has already gone.
		_output.erase(_output.begin(), _output.begin() + static_cast<std::ptrdiff_t>(_sent));
		_sent = 0;
	}
}

}
