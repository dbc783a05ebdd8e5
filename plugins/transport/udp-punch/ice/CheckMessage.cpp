#include "plugins/transport/udp-punch/ice/CheckMessage.h"

#include <algorithm>
#include <array>

#include "node/protocol/stun/MessageBuilder.h"

namespace gimlet::udp_punch::ice
{

namespace
{

using stun::MessageBuilder;
using stun::MessageClass;

/// Header, PRIORITY, role, USE-CANDIDATE, NOMINATION, MESSAGE-INTEGRITY and FINGERPRINT: more than all of
/// them, and than any answer.
constexpr std::size_t REQUEST_WITHOUT_NAME = 160;

/// MESSAGE-INTEGRITY and FINGERPRINT.
constexpr std::size_t SUMS = 2 * stun::ATTRIBUTE_HEADER_SIZE + stun::SHA1_SIZE + 4;

MessageBuilder beginAnswer(Buffer& buffer, MessageClass kind, const stun::MessageView& request)
{
	buffer.resize(REQUEST_WITHOUT_NAME);
	return {buffer, kind, stun::method::BINDING, request.transactionId()};
}

void finishAnswer(Buffer& buffer, MessageBuilder& builder, std::string_view pwd)
{
	buffer.resize(builder.integrity(asBytes(pwd)).fingerprint().finish().size());
}

}

void writeRequest(Buffer& buffer, const CheckRequest& request)
{
	buffer.resize(std::max(REQUEST_WITHOUT_NAME + request.username.size(), request.size + 4));
	MessageBuilder builder(buffer, MessageClass::Request, stun::method::BINDING, request.id);
	builder.text(stun::attribute::USERNAME, request.username)
		.number32(stun::attribute::PRIORITY, request.priority)
		.number64(request.controlling ? stun::attribute::ICE_CONTROLLING : stun::attribute::ICE_CONTROLLED,
			request.tieBreaker);
	if (request.useCandidate)
		builder.flag(stun::attribute::USE_CANDIDATE);
	if (request.nomination != 0)
		builder.number32(attribute::NOMINATION, request.nomination);
	const auto used = builder.finish().size() + SUMS + stun::ATTRIBUTE_HEADER_SIZE;
	if (request.size >= used)
	{
		static const Buffer ZEROS(0x10000);
		builder.add(
			attribute::PATH_PADDING, ByteView{ZEROS}.first((request.size - used + 3) & ~std::size_t{3}));
	}
	buffer.resize(builder.integrity(asBytes(request.pwd)).fingerprint().finish().size());
}

void writeSuccess(
	Buffer& buffer, const stun::MessageView& request, const Endpoint& source, std::string_view pwd)
{
	auto builder = beginAnswer(buffer, MessageClass::SuccessResponse, request);
	builder.xorAddress(source);
	finishAnswer(buffer, builder, pwd);
}

void writeError(Buffer& buffer, const stun::MessageView& request, std::uint16_t code, std::string_view pwd,
	std::span<const std::uint16_t> unknown)
{
	auto builder = beginAnswer(buffer, MessageClass::ErrorResponse, request);
	builder.errorCode(code, code == stun::error::ROLE_CONFLICT ? "Role Conflict" : "Bad Request");
	if (!unknown.empty())
		builder.unknownAttributes(unknown);
	finishAnswer(buffer, builder, pwd);
}

std::optional<ReceivedCheck> readCheck(const stun::MessageView& request)
{
	const auto priority = request.number32(stun::attribute::PRIORITY);
	if (!priority)
		return std::nullopt;
	ReceivedCheck check;
	check.priority = *priority;
	if (const auto tie = request.number64(stun::attribute::ICE_CONTROLLING))
	{
		check.controlling = true;
		check.tieBreaker = *tie;
	}
	else if (const auto other = request.number64(stun::attribute::ICE_CONTROLLED))
	{
		check.controlling = false;
		check.tieBreaker = *other;
	}
	check.useCandidate = request.has(stun::attribute::USE_CANDIDATE);
	check.nomination = request.number32(attribute::NOMINATION);
	return check;
}

std::size_t unknownAttributes(const stun::MessageView& request, std::span<std::uint16_t> out)
{
	static constexpr std::array KNOWN{stun::attribute::USERNAME, stun::attribute::MESSAGE_INTEGRITY,
		stun::attribute::MESSAGE_INTEGRITY_SHA256, stun::attribute::PRIORITY, stun::attribute::USE_CANDIDATE};
	return request.unknownRequired(KNOWN, out);
}

std::optional<std::pair<std::string_view, std::string_view>> usernameOf(const stun::MessageView& request)
{
	const auto name = request.text(stun::attribute::USERNAME);
	const auto colon = name ? name->find(':') : std::string_view::npos;
	if (colon == std::string_view::npos)
		return std::nullopt;
	return std::pair{name->substr(0, colon), name->substr(colon + 1)};
}

}
