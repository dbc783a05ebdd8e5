#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/protocol/stun/MessageView.h"

/// Connectivity checks as STUN messages (RFC 8445, section 7.1).
namespace gimlet::udp_punch::ice
{

namespace attribute
{
/// Counts nominations, so that the controlled side follows the latest one whatever the order of arrival
/// (draft-thatcher-ice-renomination-01, section 4, whose number is that of libwebrtc). Others ignore it.
constexpr std::uint16_t NOMINATION = 0xC001;

/// Nothing but length, for probes of the path MTU. RFC 5780's PADDING must be understood or refused, so an
/// agent that knows it not would not answer; this one, from the range that may be ignored (RFC 8489, section
/// 18.3), is not assigned to anything.
constexpr std::uint16_t PATH_PADDING = 0xC7AD;
}

struct CheckRequest
{
	stun::TransactionId id{};
	/// "THEIRS:OURS", and their password.
	std::string_view username;
	std::string_view pwd;
	/// Of the peer-reflexive candidate that it may make of us.
	std::uint32_t priority = 0;
	bool controlling = false;
	std::uint64_t tieBreaker = 0;
	bool useCandidate = false;
	/// 0: none.
	std::uint32_t nomination = 0;
	/// The datagram is at least so long, rounded up to a multiple of four.
	std::size_t size = 0;
};

/// Writes into `buffer`, which is made as long as the message.
void writeRequest(Buffer& buffer, const CheckRequest& request);

/// The answer to a request: our password, and where the request came from (RFC 8445, section 7.3.1.2).
void writeSuccess(
	Buffer& buffer, const stun::MessageView& request, const Endpoint& source, std::string_view pwd);

/// @param unknown For error 420: attributes that we ought to understand.
void writeError(Buffer& buffer, const stun::MessageView& request, std::uint16_t code, std::string_view pwd,
	std::span<const std::uint16_t> unknown = {});

/// What a check of the peer says.
struct ReceivedCheck
{
	std::uint32_t priority = 0;
	/// Empty if it names no role.
	std::optional<bool> controlling;
	std::uint64_t tieBreaker = 0;
	bool useCandidate = false;
	std::optional<std::uint32_t> nomination;
};

/// Empty without a PRIORITY, which "MUST be included" (RFC 8445, section 7.1.1).
std::optional<ReceivedCheck> readCheck(const stun::MessageView& request);

/// The attributes of a request that must be understood and are not; at most out.size() of them.
std::size_t unknownAttributes(const stun::MessageView& request, std::span<std::uint16_t> out);

/// The part of USERNAME before the colon, and the one behind it. Empty if there is none.
std::optional<std::pair<std::string_view, std::string_view>> usernameOf(const stun::MessageView& request);

}
