#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/protocol/websocket/Frames.h"

/// The opening handshake of RFC 6455, section 4, as text in and text out.
namespace gimlet::websocket
{

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2).
std::string acceptKey(std::string_view key);

/// A new Sec-WebSocket-Key: 16 random bytes in base64.
std::string makeKey(const RandomSource& random = randomBytes);

/// Whether a value could be a Sec-WebSocket-Key: base64 of 16 bytes.
bool isKey(std::string_view key);

struct ClientRequest
{
	std::string host;   ///< "example.org" or "example.org:9000"
	std::string target; ///< path and query, percent-encoded
	std::string key;    ///< from makeKey()
	/// Further headers, "Authorization" for one.
	std::vector<std::pair<std::string, std::string>> headers;
};

/// The client's request as it goes over the wire.
/// @throws std::invalid_argument when a part holds a control character (or the target a space), which would
/// let it add headers.
std::string requestText(const ClientRequest& request);

/// What a client has been answered.
struct Answer
{
	enum class Result
	{
		NeedMore,  ///< the head is not complete yet
		Accepted,  ///< frames begin at headLength
		Refused,   ///< a well-formed answer other than 101; see status, headers; a body begins at headLength
		Malformed, ///< not HTTP/1.1, not a WebSocket answer, or not an answer to this key; see error
	};

	Result result = Result::NeedMore;
	int status = 0;
	std::string reason;
	/// Names in lower case; values of a repeated name are joined by ", ".
	std::map<std::string, std::string> headers;
	std::size_t headLength = 0;
	/// A sentence for the log.
	std::string error;
};

/// Reads a server's answer, strictly (section 4.1): status 101, Upgrade, Connection, the right
/// Sec-WebSocket-Accept once, and no extension or subprotocol, for none is asked for.
/// @param received Everything received so far.
Answer parseAnswer(std::string_view received, std::string_view key);

/// What a server makes of a request to upgrade.
struct UpgradeCheck
{
	int status = 101;    ///< or the status of the refusal: 400, 405, 426
	std::string message; ///< why it is refused, for people
	std::string accept;  ///< Sec-WebSocket-Accept
};

/// Checks a request to upgrade (section 4.2.1).
/// @param version "HTTP/1.1"
/// @param headers Names in lower case.
UpgradeCheck checkUpgrade(
	std::string_view method, std::string_view version, const std::map<std::string, std::string>& headers);

/// The server's whole answer to an accepted upgrade. @param headers Further headers.
std::string acceptText(
	std::string_view accept, const std::vector<std::pair<std::string, std::string>>& headers = {});

}
