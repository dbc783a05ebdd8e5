#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Peer.h"

/// What two people compare to know that nobody stands between their nodes (docs/PROTOCOL.md, "Verification
/// code").
namespace gimlet::udp_punch::verify
{

/// A nonce, a commitment to one, or what DTLS exports.
using Bytes32 = std::array<std::uint8_t, 32>;

/// The label under which DTLS exports 32 bytes for the code (RFC 5705).
inline constexpr const char* EXPORTER_LABEL = "EXPORTER-gimlet-verify";

/// 40 bits.
using Code = std::array<std::uint8_t, 5>;

/// One side: who it is, and the random number that it has committed to.
struct Side
{
	PeerId id;
	Bytes32 nonce{};
};

/// What binds a side to its nonce before it knows the other's. @throws std::runtime_error if OpenSSL refuses,
/// as below, or if the id has more than 255 bytes.
Bytes32 commitmentTo(const Side& side);

/// The same whichever side is named first. @param exported By DTLS under EXPORTER_LABEL.
Code codeOf(const Side& one, const Side& other, const Bytes32& exported);

/// "acorn bell cactus dust echo": a word a byte.
std::string words(const Code& code);

/// "0123 456 789 012": the code as a number of 13 digits, most significant byte first.
std::string digits(const Code& code);

}
