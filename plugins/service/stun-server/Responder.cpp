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
/// credentials ignores. The last one is for clients of RFC 3489 only: they always send CHANGE-REQUEST, and
/// a server with one address can do what it asks for when it asks for nothing.
constexpr std::array UNDERSTOOD_OF_OLD{attribute::MAPPED_ADDRESS, attribute::USERNAME,
	attribute::MESSAGE_INTEGRITY, attribute::ERROR_CODE, attribute::UNKNOWN_ATTRIBUTES, attribute::REALM,
	attribute::NONCE, attribute::MESSAGE_INTEGRITY_SHA256, attribute::PASSWORD_ALGORITHM, attribute::USERHASH,
	attribute::XOR_MAPPED_ADDRESS, attribute::CHANGE_REQUEST};
constexpr auto UNDERSTOOD =
	std::span<const std::uint16_t>{UNDERSTOOD_OF_OLD}.first(UNDERSTOOD_OF_OLD.size() - 1);

bool asksForNoChange(const MessageView& request)
{
	return request.number32(attribute::CHANGE_REQUEST) == 0U;
}

/// More are not listed, since a long answer to a forged question harms somebody.
constexpr std::size_t UNKNOWN_LISTED = 8;

bool canBeAnswered(const Endpoint& source)
{
	return source.valid() && source.port() != 0 && !source.isUnspecified() && !source.isMulticast() &&
		   !source.isBroadcast();
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

Responder::Result Responder::respond(
	ByteView datagram, const Endpoint& source, std::span<std::uint8_t> answer) const
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
	const auto understood =
		old && asksForNoChange(*request) ? std::span<const std::uint16_t>{UNDERSTOOD_OF_OLD} : UNDERSTOOD;
	const auto unknownCount = request->unknownRequired(understood, unknown);
	const auto kind = unknownCount > 0 ? MessageClass::ErrorResponse : MessageClass::SuccessResponse;
	MessageBuilder builder(answer, kind, method::BINDING, request->transactionId());
	if (old)
		builder.oldTransactionId(request->oldTransactionId());
	if (unknownCount > 0)
		builder.errorCode(error::UNKNOWN_ATTRIBUTE, {})
			.unknownAttributes(std::span{unknown}.first(unknownCount));
	else if (old)
		builder.address(source);
	else
		builder.xorAddress(source);
	if (!_software.empty())
		builder.text(attribute::SOFTWARE, _software);
	if (fingerprint == Check::Valid)
		builder.fingerprint();
	return {unknownCount > 0 ? Outcome::UnknownAttribute : Outcome::Answered, builder.finish().size()};
}

}
