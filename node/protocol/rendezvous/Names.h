#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The words that a worker and a rendezvous name things by, and what makes them acceptable.
namespace gimlet::rendezvous
{

inline constexpr std::string_view DEFAULT_ROOM = "lobby";
/// What a worker speaks that never says hello.
inline constexpr std::string_view PLAIN_TRANSPORT = "udp-plain/1";
inline constexpr int PROTOCOL = 1;

inline constexpr std::size_t MAX_ROOM = 64;
inline constexpr std::size_t MAX_NAME = 64;
inline constexpr std::size_t MAX_TRANSPORT = 64;
inline constexpr std::size_t MAX_TRANSPORTS = 16;
inline constexpr std::size_t MIN_SESSION = 16;
inline constexpr std::size_t MAX_SESSION = 64;
inline constexpr std::size_t MAX_ADDRESS = 64;
inline constexpr std::size_t MAX_RELAY_PATH = 128;
inline constexpr std::size_t MAX_TURN_SERVERS = 8;
inline constexpr std::size_t MAX_TURN_URL = 256;
inline constexpr std::size_t MAX_TURN_SECRET = 256;

/// A worker id in its one spelling, lower case: a UUID (RFC 9562) of version 4, chosen by its worker, or of
/// version 8, derived from the worker's key. Empty for everything else.
std::optional<std::string> workerId(std::string_view text);

/// The version of a well-formed UUID.
int uuidVersion(std::string_view id);

/// 1 to 64 characters of A-Z a-z 0-9 . _ -
bool isRoom(std::string_view text);

/// A name that a worker gives itself: at most 64 characters of UTF-8, none of them a control character.
bool isName(std::string_view text);

/// "udp-plain/1": 1 to 64 characters of A-Z a-z 0-9 . _ - /
bool isTransport(std::string_view text);

/// 16 to 64 characters of A-Z a-z 0-9 . _ -
bool isSession(std::string_view text);

/// The path of a relay's WebSocket: "/" and at most 127 visible ASCII characters.
bool isRelayPath(std::string_view text);

/// "turn:" or "turns:" and what follows it, at most 256 visible ASCII characters in all. RFC 7065's grammar
/// is for whoever asks the server.
bool isTurnUrl(std::string_view text);

}
