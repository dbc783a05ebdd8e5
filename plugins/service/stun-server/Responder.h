#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet::stun_server
{

/// What became of a datagram.
enum class Outcome
{
	Answered,         ///< with the address it came from
	UnknownAttribute, ///< answered with error 420
	Malformed,        ///< not STUN, or broken
	NotARequest,      ///< a response, an indication or another method than Binding
	BadFingerprint,
	BadSource, ///< from an address that nobody can be answered at
	Limited,   ///< an answer too many for this source
	NotSent,   ///< the network did not take the answer
};
constexpr std::size_t OUTCOMES = 8;

/// "answered", "unknown_attribute", ...: the label of the metric.
const char* toString(Outcome outcome);

/// Of the two addresses and two ports that RFC 5780 wants, as seen from the one that was asked.
struct Corner
{
	Endpoint here;
	Endpoint other; ///< with the other IP and the other port
	/// Where an answer leaves when the flags of CHANGE-REQUEST are these.
	Endpoint changed(std::uint32_t flags) const;
};

/// The basic STUN server of RFC 8489, section 12: bytes in, bytes out. It keeps nothing between two requests,
/// allocates nothing, and answers nothing but well-formed Binding requests, so that two servers can never
/// talk to each other for ever. Clients of RFC 3489, which know no magic cookie, are answered with
/// MAPPED-ADDRESS (section 11).
///
/// A server with two addresses also helps clients to find out what their NAT does (RFC 5780): it tells its
/// other address and answers from there when asked to. Without, CHANGE-REQUEST is an attribute that it does
/// not know. It does without PADDING and RESPONSE-PORT, which would let strangers have longer answers and
/// choose where they go. Any number of threads.
class Responder
{
public:
	static constexpr std::size_t LARGEST_SOFTWARE = 64;
	/// The longest answer: three IPv6 addresses, the longest software text and a fingerprint.
	static constexpr std::size_t LARGEST_ANSWER = 20 + 3 * 24 + 4 + LARGEST_SOFTWARE + 8;

	/// @param software The SOFTWARE attribute, up to LARGEST_SOFTWARE bytes; empty for none.
	explicit Responder(std::string software) : _software(std::move(software)) {}

	struct Result
	{
		Outcome outcome = Outcome::Malformed;
		std::size_t length = 0;   ///< of the answer; 0 for none
		std::uint32_t change = 0; ///< from where it is to leave: flags for Corner::changed
	};

	/// @param source Where the datagram came from.
	/// @param answer At least LARGEST_ANSWER bytes.
	/// @param corner Where it came to, if the server has two addresses; null if not.
	Result respond(ByteView datagram, const Endpoint& source, std::span<std::uint8_t> answer,
		const Corner* corner = nullptr) const;

private:
	std::string _software;
};

}
