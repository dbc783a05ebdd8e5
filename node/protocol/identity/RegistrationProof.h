#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Peer.h"

/// How a worker proves to a rendezvous that a version 8 id is its own (docs/PROTOCOL.md, section 5). Pure.
namespace gimlet::identity
{

/// Random bytes of one side, used once.
using Nonce = std::array<std::uint8_t, 32>;

/// How long a challenge holds.
inline constexpr int CHALLENGE_SECONDS = 10;

/// No host with its port is longer: 253 characters of a name (RFC 1035, section 2.3.4) or less, and ":65535".
inline constexpr std::size_t MAX_HOST = 259;

/// 64 digits in lower case.
std::string toHex(const Nonce& nonce);
std::optional<Nonce> nonceFromHex(std::string_view text);

/// The host that a client dialled, as a URL names it, in its one spelling: lower case; the port named if
/// it was. Empty if it is none: too long, or with a character that no host has.
std::optional<std::string> proofHost(std::string_view host);

/// What a registration proof says.
struct Registration
{
	std::string host; ///< in the spelling of proofHost()
	Nonce serverNonce{};
	Nonce clientNonce{};
	PeerId id;
	std::string room; ///< as rendezvous::isRoom() wants it
};

/// The text that is signed. No two registrations have the same one: each part is a line of its own, and no
/// part can hold the end of a line.
std::string registrationText(const Registration& registration);

}
