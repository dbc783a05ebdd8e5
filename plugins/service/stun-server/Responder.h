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

/// The basic STUN server of RFC 8489, section 12: bytes in, bytes out. It keeps nothing between two requests,
/// allocates nothing, and answers nothing but well-formed Binding requests, so that two servers can never
/// talk to each other for ever. Clients of RFC 3489, which know no magic cookie, are answered with
/// MAPPED-ADDRESS (section 11). Any number of threads.
class Responder
{
public:
	/// The longest answer, with the longest software text.
	static constexpr std::size_t LARGEST_ANSWER = 128;
	static constexpr std::size_t LARGEST_SOFTWARE = 64;

	/// @param software The SOFTWARE attribute, up to LARGEST_SOFTWARE bytes; empty for none.
	explicit Responder(std::string software) : _software(std::move(software)) {}

	struct Result
	{
		Outcome outcome = Outcome::Malformed;
		std::size_t length = 0; ///< of the answer; 0 for none
	};

	/// @param source Where the datagram came from.
	/// @param answer At least LARGEST_ANSWER bytes.
	Result respond(ByteView datagram, const Endpoint& source, std::span<std::uint8_t> answer) const;

private:
	std::string _software;
};

}
