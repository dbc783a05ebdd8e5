#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/api/Time.h"

namespace gimlet::turn
{

/// The server has answered anything at all. Once.
struct Answered
{
};

/// There is an allocation.
struct Allocated
{
	/// One, or one a family.
	std::vector<Endpoint> relayed;
	/// Those that the server has given too, and that nobody but its own machine or network could send to.
	std::vector<Endpoint> useless;
	/// Our address as the server sees it.
	Endpoint mapped;
	std::optional<Duration> roundTrip;
};

/// Why there is no allocation, or no longer.
enum class EndReason
{
	Silent,      ///< no answer, no connection, no such name
	Credentials, ///< none, or not those that it wants (401, 441)
	Quota,       ///< 486, 508: too many allocations, or no address left
	Mismatch,    ///< 437: the server does not know the allocation, or has another one for our address
	Redirected,  ///< 300: see Ended::alternate
	Refused,     ///< any other error
	Broken,      ///< it does not speak TURN as it should
};

/// "silent", "credentials", ...: for metrics.
const char* toString(EndReason reason);

/// It is over; nothing follows. Once.
struct Ended
{
	EndReason reason = EndReason::Silent;
	/// What the server does or does not, as the rest of a sentence: "does not answer".
	std::string text;
	/// Where else to ask (RFC 8489, section 10); valid when Redirected.
	Endpoint alternate{};
};

using Event = std::variant<Answered, Allocated, Ended>;

/// What a peer has sent through the relay. The bytes belong to the message that brought them.
struct Received
{
	Endpoint peer;
	ByteView data;
};

/// What an allocation counts.
struct Counters
{
	std::uint64_t sentOnChannels = 0;
	std::uint64_t sentIndications = 0;
	std::uint64_t sentBytes = 0; ///< of the peers' datagrams
	std::uint64_t receivedOnChannels = 0;
	std::uint64_t receivedIndications = 0;
	std::uint64_t receivedBytes = 0;

	// Not sent:
	std::uint64_t denied = 0;      ///< the server does not let this peer through
	std::uint64_t unreachable = 0; ///< no relayed address of that family, or no address of a peer
	std::uint64_t full = 0;        ///< too many wait for permissions, or too many permissions
	std::uint64_t abandoned = 0;   ///< waited for a permission that did not come
	std::uint64_t tooLarge = 0;

	// Not taken:
	std::uint64_t foreign = 0;   ///< from another address than the server's
	std::uint64_t malformed = 0; ///< neither STUN nor ChannelData, or without what it must have
	std::uint64_t unsigned_ = 0; ///< answers whose MESSAGE-INTEGRITY is missing or wrong
	std::uint64_t unasked = 0;   ///< answers to no request, data of no peer that was allowed
};

}
