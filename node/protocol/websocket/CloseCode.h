#pragma once

#include <cstdint>

namespace gimlet::websocket
{

/// RFC 6455, section 7.4.1, and the IANA registry of WebSocket close codes (1012 to 1014).
enum CloseCode : std::uint16_t
{
	NORMAL = 1000,
	GOING_AWAY = 1001,
	PROTOCOL_ERROR = 1002,
	UNSUPPORTED_DATA = 1003,
	NO_STATUS = 1005, ///< never on the wire: the close frame had no code
	ABNORMAL = 1006,  ///< never on the wire: the connection ended without a close frame
	INVALID_PAYLOAD = 1007,
	POLICY_VIOLATION = 1008,
	TOO_LARGE = 1009,
	INTERNAL_ERROR = 1011,
	SERVICE_RESTART = 1012,
	TRY_AGAIN_LATER = 1013,
	BAD_GATEWAY = 1014,
};

/// Whether a close frame may carry the code (RFC 6455, section 7.4.2: 3000 to 4999 are the users').
constexpr bool mayBeSent(std::uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}
