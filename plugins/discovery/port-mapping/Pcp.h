#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

/// The messages of the Port Control Protocol (RFC 6887) as far as a client needs them that maps UDP ports:
/// MAP and ANNOUNCE over IPv4. Bytes to values and back.
namespace gimlet::port_mapping::pcp
{

/// RFC 6887, section 19.1 to 19.3.
inline constexpr std::uint16_t SERVER_PORT = 5351;
inline constexpr std::uint16_t CLIENT_PORT = 5350; ///< where unsolicited announcements are sent to
inline constexpr std::uint8_t VERSION = 2;
/// Section 7: at most 1,100 octets.
inline constexpr std::size_t LARGEST = 1100;

enum class Opcode : std::uint8_t
{
	Announce = 0,
	Map = 1,
};

/// Section 7.4.
enum class Result : std::uint8_t
{
	Success = 0,
	UnsupportedVersion = 1,
	NotAuthorized = 2,
	MalformedRequest = 3,
	UnsupportedOpcode = 4,
	UnsupportedOption = 5,
	MalformedOption = 6,
	NetworkFailure = 7,
	NoResources = 8,
	UnsupportedProtocol = 9,
	UserExceededQuota = 10,
	CannotProvideExternal = 11,
	AddressMismatch = 12,
	ExcessiveRemotePeers = 13,
};

/// For people: "not authorized". Codes that RFC 6887 does not know have their number.
std::string toString(Result result);

/// Proves to the client that an answer is one to its request, and to the server that a renewal comes from who
/// made the mapping (section 11.1).
using Nonce = std::array<std::uint8_t, 12>;

struct MapRequest
{
	/// This machine's address; the server compares it with the packet's (section 8.1).
	Endpoint client{};
	Nonce nonce{};
	std::uint16_t internalPort = 0;
	/// What is wished for; unspecified where it does not matter.
	Endpoint suggested{};
	/// Seconds; 0 deletes the mapping.
	std::uint32_t lifetime = 0;
};

struct Mapped
{
	Nonce nonce{};
	std::uint8_t protocol = 0;
	std::uint16_t internalPort = 0;
	Endpoint external{};
};

struct Response
{
	Opcode opcode = Opcode::Announce;
	Result result = Result::Success;
	/// Of the mapping, or for how long an error holds.
	std::uint32_t lifetime = 0;
	/// Seconds since the server lost its state (section 8.5).
	std::uint32_t epoch = 0;
	/// Of a MAP response.
	std::optional<Mapped> map{};
};

Buffer encode(const MapRequest& request);
/// A request for an announcement (section 14.1.1).
Buffer encodeAnnounce(const Endpoint& client);
/// What a server says; for tests.
Buffer encode(const Response& response);

/// Reads a response. One of another version (NAT-PMP's 0) is UnsupportedVersion. Options are not looked at.
/// Empty for anything else.
std::optional<Response> decode(ByteView bytes);

}
