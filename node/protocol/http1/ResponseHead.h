#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

/// What HTTP/1.1 servers answer (RFC 9112), for the few places where a node is an HTTP client: the opening of
/// a WebSocket, a proxy's CONNECT, an echo of one's own address.
namespace gimlet::http1
{

/// The longest head of an answer that is looked at.
inline constexpr std::size_t MAX_HEAD = 16 * 1024;

/// The status line and headers of an answer.
struct ResponseHead
{
	enum class Result
	{
		NeedMore, ///< the head is not complete yet
		Complete,
		Malformed, ///< not HTTP/1.0 or 1.1, or too long; see error
	};

	Result result = Result::NeedMore;
	int minorVersion = 1; ///< of HTTP/1
	int status = 0;       ///< 100 to 999
	std::string reason;   ///< may hold anything but control characters
	/// Names in lower case; values of a repeated name are joined by ", ".
	std::map<std::string, std::string> headers;
	/// How many bytes of what was received are the head.
	std::size_t length = 0;
	/// A sentence that begins with "the server".
	std::string error;

	/// A header's value, by its name in lower case; "" if absent.
	std::string_view header(const std::string& name) const;
};

/// Reads a head strictly: lines end in CRLF, no folded lines, no white space before a colon.
/// @param received Everything received so far; looked at up to MAX_HEAD bytes.
ResponseHead parseResponseHead(std::string_view received);

}
