#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// The numbers of STUN, as the IANA registry "Session Traversal Utilities for NAT (STUN) Parameters" lists
/// them and with its names; a unit test compares the two.
namespace gimlet::stun
{

/// RFC 8489, section 5.
constexpr std::size_t HEADER_SIZE = 20;
constexpr std::size_t ATTRIBUTE_HEADER_SIZE = 4;
constexpr std::uint32_t MAGIC_COOKIE = 0x2112A442;

/// RFC 8489, section 8.1.
constexpr std::uint16_t DEFAULT_PORT = 3478;

/// RFC 8489, section 5: 96 bits "uniformly and randomly chosen", "cryptographically random".
using TransactionId = std::array<std::uint8_t, 12>;

/// RFC 8489, section 5: C1 C0.
enum class MessageClass : std::uint8_t
{
	Request = 0,
	Indication = 1,
	SuccessResponse = 2,
	ErrorResponse = 3,
};

namespace method
{
constexpr std::uint16_t BINDING = 0x001;
constexpr std::uint16_t ALLOCATE = 0x003;
constexpr std::uint16_t REFRESH = 0x004;
constexpr std::uint16_t SEND = 0x006;
constexpr std::uint16_t DATA = 0x007;
constexpr std::uint16_t CREATE_PERMISSION = 0x008;
constexpr std::uint16_t CHANNEL_BIND = 0x009;
}

namespace attribute
{
// RFC 8489, section 18.3
constexpr std::uint16_t MAPPED_ADDRESS = 0x0001;
constexpr std::uint16_t USERNAME = 0x0006;
constexpr std::uint16_t MESSAGE_INTEGRITY = 0x0008;
constexpr std::uint16_t ERROR_CODE = 0x0009;
constexpr std::uint16_t UNKNOWN_ATTRIBUTES = 0x000A;
constexpr std::uint16_t REALM = 0x0014;
constexpr std::uint16_t NONCE = 0x0015;
constexpr std::uint16_t MESSAGE_INTEGRITY_SHA256 = 0x001C;
constexpr std::uint16_t PASSWORD_ALGORITHM = 0x001D;
constexpr std::uint16_t USERHASH = 0x001E;
constexpr std::uint16_t XOR_MAPPED_ADDRESS = 0x0020;
constexpr std::uint16_t PASSWORD_ALGORITHMS = 0x8002;
constexpr std::uint16_t ALTERNATE_DOMAIN = 0x8003;
constexpr std::uint16_t SOFTWARE = 0x8022;
constexpr std::uint16_t ALTERNATE_SERVER = 0x8023;
constexpr std::uint16_t FINGERPRINT = 0x8028;

// RFC 8656, section 18
constexpr std::uint16_t CHANNEL_NUMBER = 0x000C;
constexpr std::uint16_t LIFETIME = 0x000D;
constexpr std::uint16_t XOR_PEER_ADDRESS = 0x0012;
constexpr std::uint16_t DATA = 0x0013;
constexpr std::uint16_t XOR_RELAYED_ADDRESS = 0x0016;
constexpr std::uint16_t REQUESTED_ADDRESS_FAMILY = 0x0017;
constexpr std::uint16_t REQUESTED_TRANSPORT = 0x0019;
constexpr std::uint16_t ADDITIONAL_ADDRESS_FAMILY = 0x8000;
constexpr std::uint16_t ICMP = 0x8004;

// RFC 8445, section 16.1
constexpr std::uint16_t PRIORITY = 0x0024;
constexpr std::uint16_t USE_CANDIDATE = 0x0025;
constexpr std::uint16_t ICE_CONTROLLED = 0x8029;
constexpr std::uint16_t ICE_CONTROLLING = 0x802A;

// RFC 5780, section 7
constexpr std::uint16_t CHANGE_REQUEST = 0x0003; ///< reserved again by RFC 8489, used by RFC 5780
constexpr std::uint16_t PADDING = 0x0026;
constexpr std::uint16_t RESPONSE_PORT = 0x0027;
constexpr std::uint16_t RESPONSE_ORIGIN = 0x802B;
constexpr std::uint16_t OTHER_ADDRESS = 0x802C;
}

/// RFC 5780, section 7.2: the flags of CHANGE-REQUEST.
namespace change
{
constexpr std::uint32_t IP = 0x4;
constexpr std::uint32_t PORT = 0x2;
}

namespace error
{
constexpr std::uint16_t TRY_ALTERNATE = 300;
constexpr std::uint16_t BAD_REQUEST = 400;
constexpr std::uint16_t UNAUTHENTICATED = 401;
constexpr std::uint16_t UNKNOWN_ATTRIBUTE = 420;
constexpr std::uint16_t STALE_NONCE = 438;
constexpr std::uint16_t ROLE_CONFLICT = 487;
constexpr std::uint16_t SERVER_ERROR = 500;

// RFC 8656, section 19
constexpr std::uint16_t FORBIDDEN = 403;
constexpr std::uint16_t ALLOCATION_MISMATCH = 437;
constexpr std::uint16_t ADDRESS_FAMILY_NOT_SUPPORTED = 440;
constexpr std::uint16_t WRONG_CREDENTIALS = 441;
constexpr std::uint16_t ALLOCATION_QUOTA_REACHED = 486;
constexpr std::uint16_t INSUFFICIENT_CAPACITY = 508;
}

/// RFC 8489, section 14.1: address families on the wire.
constexpr std::uint8_t FAMILY_IPV4 = 0x01;
constexpr std::uint8_t FAMILY_IPV6 = 0x02;

/// RFC 8656, section 18.8: the protocol number of UDP, the only one that a client of RFC 8656 asks for.
constexpr std::uint8_t TRANSPORT_UDP = 17;

/// RFC 8489, section 14.7: "ST".."UN" of the CRC-32.
constexpr std::uint32_t FINGERPRINT_XOR = 0x5354554E;

/// RFC 8489, sections 14.5 and 14.6.
constexpr std::size_t SHA1_SIZE = 20;
constexpr std::size_t SHA256_SIZE = 32;

/// RFC 8489, section 14: a receiver must understand these or refuse; the others it may ignore.
constexpr bool comprehensionRequired(std::uint16_t attributeType)
{
	return attributeType < 0x8000;
}

}
