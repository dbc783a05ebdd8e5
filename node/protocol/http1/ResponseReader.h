#pragma once

#include <cstdint>
#include <string>

#include "node/api/Bytes.h"
#include "node/protocol/http1/ResponseHead.h"

namespace gimlet::http1
{

/// Reads one whole answer to a GET: bytes in, head and body out.
///
/// Strict and bounded (RFC 9112, section 6.3): a body has a Content-Length, is chunked, or lasts until the
/// connection ends; both lengths together, several lengths, and any other coding are refused, for two
/// readers could disagree on them. Interim answers (1xx) are skipped. It holds at most MAX_HEAD bytes of head
/// and maxBody bytes of body.
class ResponseReader
{
public:
	enum class State
	{
		Head,
		Body,
		Done,
		Failed,
	};

	explicit ResponseReader(std::size_t maxBody) : _maxBody(maxBody) {}

	/// Takes bytes of the connection; ignored once Done or Failed.
	State receive(ByteView bytes);

	/// The connection ended.
	State end();

	State state() const
	{
		return _state;
	}

	/// From Body on.
	const ResponseHead& head() const
	{
		return _head;
	}

	/// Whole when Done.
	const std::string& body() const
	{
		return _body;
	}

	/// A sentence that begins with "the server"; set when Failed.
	const std::string& error() const
	{
		return _error;
	}

private:
	enum class Framing
	{
		None,
		Length,
		Chunked,
		UntilEnd,
	};
	enum class ChunkPart
	{
		Size,
		Data,
		DataEnd,
		Trailer,
	};

	std::string_view unread() const;
	void read();
	bool readHead();
	bool chooseFraming();
	bool readBody();
	bool readChunked();
	bool readChunkSize();
	bool takeLine(std::string& line);
	bool takeBody(std::uint64_t& remaining);
	bool done();
	bool fail(std::string error);

	const std::size_t _maxBody;
	State _state = State::Head;
	ResponseHead _head;
	unsigned _interim = 0;
	Framing _framing = Framing::None;
	ChunkPart _chunkPart = ChunkPart::Size;
	std::uint64_t _remaining = 0; ///< of the body or the chunk
	std::size_t _trailerLength = 0;
	std::string _input; ///< not yet understood, from _at on
	std::size_t _at = 0;
	std::string _body;
	std::string _error;
};

}
