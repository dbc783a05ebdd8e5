#include "plugins/service/stun-server/Responder.h"

#include <array>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"

namespace gimlet::stun_server
{

namespace
{

using namespace stun;

/// Understood in the sense of RFC 8489, section 6.3.1: those of the RFC itself, which a server without
/// credentials ignores. The last one where the server can do what it asks for.
constexpr std::array UNDERSTOOD_WITH_CHANGE{attribute::MAPPED_ADDRESS, attribute::USERNAME,
	attribute::MESSAGE_INTEGRITY, attribute::ERROR_CODE, attribute::UNKNOWN_ATTRIBUTES, attribute::REALM,
	attribute::NONCE, attribute::MESSAGE_INTEGRITY_SHA256, attribute::PASSWORD_ALGORITHM, attribute::USERHASH,
	attribute::XOR_MAPPED_ADDRESS, attribute::CHANGE_REQUEST};
constexpr auto UNDERSTOOD =
	std::span<const std::uint16_t>{UNDERSTOOD_WITH_CHANGE}.first(UNDERSTOOD_WITH_CHANGE.size() - 1);

/// Where an answer is wanted from: flags, or nothing if the attribute is broken.
std::optional<std::uint32_t> changeWanted(const MessageView& request)
{
	return request.has(attribute::CHANGE_REQUEST) ? request.number32(attribute::CHANGE_REQUEST) : 0U;
}

/// Clients of RFC 3489 always send CHANGE-REQUEST, and a server with one address can do what it asks for when
/// it asks for nothing.
bool canChange(std::optional<std::uint32_t> wanted, bool old, const Corner* corner)
{
	return wanted && (corner != nullptr || (old && *wanted == 0));
}

/// More are not listed, since a long answer to a forged question harms somebody.
constexpr std::size_t UNKNOWN_LISTED = 8;

bool canBeAnswered(const Endpoint& source)
{
	return source.isUnicast() && source.port() != 0;
}

}

const char* toString(Outcome outcome)
{
	switch (outcome)
	{
	case Outcome::Answered:
		return "answered";
	case Outcome::UnknownAttribute:
		return "unknown_attribute";
	case Outcome::Malformed:
		return "malformed";
	case Outcome::NotARequest:
		return "not_a_request";
	case Outcome::BadFingerprint:
		return "bad_fingerprint";
	case Outcome::BadSource:
		return "bad_source";
	case Outcome::Limited:
		return "limited";
	case Outcome::NotSent:
		return "not_sent";
	}
	return "?";
}

Endpoint Corner::changed(std::uint32_t flags) const
{
	const auto& address = (flags & change::IP) != 0 ? other : here;
	return address.withPort((flags & change::PORT) != 0 ? other.port() : here.port());
}

Responder::Result Responder::respond(
	ByteView datagram, const Endpoint& source, std::span<std::uint8_t> answer, const Corner* corner) const
{
	auto request = MessageView::parse(datagram);
	const bool old = !request;
	if (old)
		request = MessageView::parseOld(datagram);
	if (!request)
		return {Outcome::Malformed};
	// RFC 8489, section 6.3: a method that is not known is silently discarded, as is all but a request.
	if (request->messageClass() != MessageClass::Request || request->method() != method::BINDING)
		return {Outcome::NotARequest};
	const auto fingerprint = request->fingerprint();
	if (fingerprint == Check::Invalid)
		return {Outcome::BadFingerprint};
	if (!canBeAnswered(source))
		return {Outcome::BadSource};

	std::array<std::uint16_t, UNKNOWN_LISTED> unknown{};
	const auto wanted = changeWanted(*request);
	const auto understood =
		canChange(wanted, old, corner) ? std::span<const std::uint16_t>{UNDERSTOOD_WITH_CHANGE} : UNDERSTOOD;
	const auto unknownCount = request->unknownRequired(understood, unknown);
	const auto kind = unknownCount > 0 ? MessageClass::ErrorResponse : MessageClass::SuccessResponse;
	MessageBuilder builder(answer, kind, method::BINDING, request->transactionId());
	if (old)
		builder.oldTransactionId(request->oldTransactionId());
	Result result{unknownCount > 0 ? Outcome::UnknownAttribute : Outcome::Answered};
	if (unknownCount > 0)
		builder.errorCode(error::UNKNOWN_ATTRIBUTE, {})
			.unknownAttributes(std::span{unknown}.first(unknownCount));
	else
	{
		result.change = *wanted & (change::IP | change::PORT);
		old ? builder.address(source) : builder.xorAddress(source);
		if (corner != nullptr)
			builder.address(corner->changed(result.change), attribute::RESPONSE_ORIGIN)
				.address(corner->other, attribute::OTHER_ADDRESS);
	}
	if (!_software.empty())
		builder.text(attribute::SOFTWARE, _software);
	if (fingerprint == Check::Valid)
		builder.fingerprint();
	result.length = builder.finish().size();
	return result;
}

}
