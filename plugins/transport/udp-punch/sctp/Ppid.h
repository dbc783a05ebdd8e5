#pragma once

#include <cstdint>
#include <optional>

#include "node/api/Channel.h"

namespace gimlet::udp_punch::sctp
{

/// Payload protocol identifiers (RFC 8831, section 8; IANA's registry has the same).
namespace ppid
{
constexpr std::uint32_t DCEP = 50;
constexpr std::uint32_t TEXT = 51;
/// Deprecated: a message in pieces, of which the last says BINARY. Joined if somebody still sends it.
constexpr std::uint32_t BINARY_PARTIAL = 52;
constexpr std::uint32_t BINARY = 53;
/// Deprecated, as above: the last piece says TEXT.
constexpr std::uint32_t TEXT_PARTIAL = 54;
/// SCTP has no message of no bytes: one zero byte is sent and not delivered (section 6.6).
constexpr std::uint32_t TEXT_EMPTY = 56;
constexpr std::uint32_t BINARY_EMPTY = 57;
}

/// What an identifier says of its message.
struct PayloadKind
{
	MessageKind kind;
	bool empty = false;
	/// More pieces follow in further SCTP messages.
	bool partial = false;
};

/// @return Nothing for DCEP and for what a data channel cannot carry.
constexpr std::optional<PayloadKind> payloadKind(std::uint32_t identifier)
{
	switch (identifier)
	{
	case ppid::TEXT:
		return PayloadKind{MessageKind::Text};
	case ppid::BINARY:
		return PayloadKind{MessageKind::Binary};
	case ppid::TEXT_EMPTY:
		return PayloadKind{MessageKind::Text, true};
	case ppid::BINARY_EMPTY:
		return PayloadKind{MessageKind::Binary, true};
	case ppid::TEXT_PARTIAL:
		return PayloadKind{MessageKind::Text, false, true};
	case ppid::BINARY_PARTIAL:
		return PayloadKind{MessageKind::Binary, false, true};
	default:
		return std::nullopt;
	}
}

/// Whether the bytes are somebody's, and not the protocol's.
constexpr bool carriesBytes(std::uint32_t identifier)
{
	const auto payload = payloadKind(identifier);
	return payload && !payload->empty;
}

/// What a message of ours is sent with.
constexpr std::uint32_t payloadIdentifier(MessageKind kind, bool empty)
{
	if (kind == MessageKind::Text)
		return empty ? ppid::TEXT_EMPTY : ppid::TEXT;
	return empty ? ppid::BINARY_EMPTY : ppid::BINARY;
}

}
