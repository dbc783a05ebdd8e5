#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gimlet::turn
{

/// How a server is spoken to (RFC 8656, section 3.1).
enum class Carriage
{
	Udp,
	Tcp,
	Tls, ///< over TCP
};

/// Where a server is, as RFC 7065 writes it: turn:host[:port][?transport=udp|tcp], turns:host[:port].
struct TurnUri
{
	Carriage carriage = Carriage::Udp;
	std::string host; ///< a name, or an address without brackets
	std::uint16_t port = 0;

	/// In its one spelling: "turn:turn.example.org:3478?transport=udp".
	std::string toString() const;

	friend bool operator==(const TurnUri&, const TurnUri&) = default;
};

/// Reads such a URI; without a port 3478, for turns 5349 (RFC 7065, section 3.1); without a transport UDP,
/// for turns TCP.
/// @param problem Set to what is wrong with it, without a full stop, when the result is empty.
std::optional<TurnUri> parseTurnUri(std::string_view text, std::string& problem);

}
