#include "node/protocol/http1/ResponseReader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "node/protocol/http1/Text.h"

namespace gimlet::http1
{

namespace
{

constexpr unsigned MAX_INTERIM = 8;
/// A chunk's size with its extensions, which are ignored.
constexpr std::size_t MAX_CHUNK_LINE = 256;

bool parseNumber(std::string_view text, int base, std::uint64_t& value)
{
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
	return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

}

ResponseReader::State ResponseReader::receive(ByteView bytes)
{
	if (_state == State::Head || _state == State::Body)
	{
		_input.append(asText(bytes));
		read();
		_input.erase(0, std::exchange(_at, 0));
	}
	return _state;
}

ResponseReader::State ResponseReader::end()
{
	if (_state == State::Body && _framing == Framing::UntilEnd)
		done();
	else if (_state == State::Head && unread().empty() && _interim == 0)
		fail("the server closed the connection without an answer");
	else if (_state != State::Done && _state != State::Failed)
		fail("the server closed the connection in the middle of its answer");
	return _state;
}

std::string_view ResponseReader::unread() const
{
	return std::string_view{_input}.substr(_at);
}

/// Each step returns whether the next one can be taken with what has been received.
void ResponseReader::read()
{
	bool more = true;
	while (more)
		more = _state == State::Head ? readHead() : _state == State::Body && readBody();
}

bool ResponseReader::readHead()
{
	auto head = parseResponseHead(unread());
	if (head.result == ResponseHead::Result::NeedMore)
		return false;
	if (head.result == ResponseHead::Result::Malformed)
		return fail(std::move(head.error));
	_at += head.length;
	if (head.status < 200)
	{
		if (head.status == 101 || ++_interim > MAX_INTERIM)
			return fail("the server's answer does not come to an end");
		return true;
	}
	_head = std::move(head);
	_state = State::Body;
	return chooseFraming();
}

bool ResponseReader::chooseFraming()
{
	const bool coded = _head.headers.contains("transfer-encoding");
	const bool counted = _head.headers.contains("content-length");
	if (coded && counted)
		return fail("the server's answer gives its length in two ways");
	if (_head.status == 204 || _head.status == 304)
		return done();
	if (coded)
	{
		if (!equalIgnoringCase(_head.header("transfer-encoding"), "chunked"))
			return fail("the server's answer has a transfer coding that was not asked for");
		_framing = Framing::Chunked;
		return true;
	}
	_framing = counted ? Framing::Length : Framing::UntilEnd;
	_remaining = std::numeric_limits<std::uint64_t>::max();
	if (counted && !parseNumber(_head.header("content-length"), 10, _remaining))
		return fail("the server's answer has a malformed Content-Length");
	if (counted && _remaining > _maxBody)
		return fail(fmt::format("the server's answer is longer than {} bytes", _maxBody));
	return true;
}

bool ResponseReader::readBody()
{
	if (_framing == Framing::Chunked)
		return readChunked();
	if (!takeBody(_remaining))
		return false;
	return _framing == Framing::Length && _remaining == 0 && done();
}

bool ResponseReader::readChunked()
{
	std::string line;
	switch (_chunkPart)
	{
	case ChunkPart::Size:
		return readChunkSize();
	case ChunkPart::Data:
		if (!takeBody(_remaining) || _remaining > 0)
			return false;
		_chunkPart = ChunkPart::DataEnd;
		return true;
	case ChunkPart::DataEnd:
		if (!takeLine(line))
			return false;
		if (!line.empty())
			return fail("the server's answer has a malformed chunk");
		_chunkPart = ChunkPart::Size;
		return true;
	case ChunkPart::Trailer:
		if (!takeLine(line))
			return false;
		_trailerLength += line.size();
		if (_trailerLength > MAX_HEAD)
			return fail("the server's answer has a trailer that is too long");
		return line.empty() ? done() : true;
	}
	return false;
}

bool ResponseReader::readChunkSize()
{
	std::string line;
	if (!takeLine(line))
		return false;
	const std::string_view size = trimmed(std::string_view{line}.substr(0, line.find(';')));
	if (!parseNumber(size, 16, _remaining))
		return fail("the server's answer has a malformed chunk");
	_chunkPart = _remaining == 0 ? ChunkPart::Trailer : ChunkPart::Data;
	return true;
}

bool ResponseReader::takeLine(std::string& line)
{
	const auto input = unread();
	const auto end = input.find("\r\n");
	const bool whole = end != std::string_view::npos;
	// Of an unfinished line the last byte may be half of its end.
	const std::size_t length = whole ? end : input.size() - (input.ends_with('\r') ? 1 : 0);
	if (length > (_chunkPart == ChunkPart::Trailer ? MAX_HEAD : MAX_CHUNK_LINE))
		return fail("the server's answer has a line that is too long");
	if (!whole)
		return false;
	line = input.substr(0, end);
	_at += end + 2;
	return true;
}

/// Moves what has come of the body, up to what is to come.
bool ResponseReader::takeBody(std::uint64_t& remaining)
{
	const auto input = unread();
	const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(remaining, input.size()));
	if (length > _maxBody - _body.size())
		return fail(fmt::format("the server's answer is longer than {} bytes", _maxBody));
	_body.append(input.substr(0, length));
	_at += length;
	remaining -= length;
	return true;
}

bool ResponseReader::done()
{
	_state = State::Done;
	return false;
}

bool ResponseReader::fail(std::string error)
{
	_state = State::Failed;
	_error = std::move(error);
	return false;
}

}
