#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "node/api/Bytes.h"
#include "node/protocol/stun/Constants.h"

/// The sums that STUN needs, by OpenSSL and zlib. All throw std::runtime_error if OpenSSL refuses, which
/// only a broken installation (or one restricted to FIPS, for MD5) makes it do.
namespace gimlet::stun
{

/// CRC-32 as in ITU V.42 (RFC 8489, section 14.7), not yet XORed. Does not throw.
std::uint32_t crc32(ByteView bytes);

/// HMAC over two pieces, one after the other.
std::array<std::uint8_t, SHA1_SIZE> hmacSha1(ByteView key, ByteView first, ByteView second = {});
std::array<std::uint8_t, SHA256_SIZE> hmacSha256(ByteView key, ByteView first, ByteView second = {});

/// Whether two sums are equal, in a time that tells nothing of where they differ.
bool constantTimeEqual(ByteView one, ByteView other);

/// The long-term credential's keys: MD5 (RFC 8489, section 9.2.2) and SHA-256 (section 18.5.1.2) of
/// "username:realm:password". The texts are prepared already (RFC 8265, OpaqueString).
std::array<std::uint8_t, 16> longTermKeyMd5(
	std::string_view username, std::string_view realm, std::string_view password);
std::array<std::uint8_t, SHA256_SIZE> longTermKeySha256(
	std::string_view username, std::string_view realm, std::string_view password);

/// USERHASH: SHA-256 of "username:realm" (RFC 8489, section 14.4).
std::array<std::uint8_t, SHA256_SIZE> userHash(std::string_view username, std::string_view realm);

}
