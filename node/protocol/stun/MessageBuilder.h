#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/protocol/stun/Constants.h"

namespace gimlet::stun
{

/// Writes a STUN message (RFC 8489) into the caller's buffer; nothing is allocated. What does not fit makes
/// finish() return nothing, so one check at the end is enough:
///
///     std::array<std::uint8_t, 64> buffer;
///     const auto request = MessageBuilder(buffer, MessageClass::Request, method::BINDING, id)
///         .text(attribute::SOFTWARE, "gimlet").fingerprint().finish();
///
/// The order of the calls is the order of the attributes; integrity comes after all that it protects,
/// fingerprint() last.
class MessageBuilder
{
public:
	MessageBuilder(std::span<std::uint8_t> buffer, MessageClass messageClass, std::uint16_t method,
		std::span<const std::uint8_t, 12> transactionId);

	/// Makes it a message of RFC 3489: 128 bits of transaction id where the cookie would be. Such a message
	/// has no XOR-MAPPED-ADDRESS.
	MessageBuilder& oldTransactionId(std::span<const std::uint8_t, 16> id);

	/// Any attribute, padded with zeros.
	MessageBuilder& add(std::uint16_t type, ByteView value);

	/// USE-CANDIDATE: an attribute without a value.
	MessageBuilder& flag(std::uint16_t type);

	MessageBuilder& text(std::uint16_t type, std::string_view value);
	MessageBuilder& number32(std::uint16_t type, std::uint32_t value);
	MessageBuilder& number64(std::uint16_t type, std::uint64_t value);

	/// MAPPED-ADDRESS and its like. An invalid endpoint counts as not fitting.
	MessageBuilder& address(const Endpoint& endpoint, std::uint16_t type = attribute::MAPPED_ADDRESS);

	/// XOR-MAPPED-ADDRESS and its like.
	MessageBuilder& xorAddress(const Endpoint& endpoint, std::uint16_t type = attribute::XOR_MAPPED_ADDRESS);

	/// @param code 300 to 699.
	MessageBuilder& errorCode(std::uint16_t code, std::string_view reason);

	MessageBuilder& unknownAttributes(std::span<const std::uint16_t> types);

	/// MESSAGE-INTEGRITY; see MessageView::integrity for the key. @throws As Digest.h says.
	MessageBuilder& integrity(ByteView key);

	/// MESSAGE-INTEGRITY-SHA256.
	MessageBuilder& integritySha256(ByteView key);

	MessageBuilder& fingerprint();

	/// The message, in the caller's buffer; empty if something did not fit.
	ByteView finish();

private:
	/// Writes an attribute's header and padding, and returns where its value goes; null if it does not fit.
	std::uint8_t* open(std::uint16_t type, std::size_t length);
	MessageBuilder& writeAddress(std::uint16_t type, const Endpoint& endpoint, bool masked);
	void writeLength(std::size_t more);

	std::span<std::uint8_t> _buffer;
	std::size_t _size = 0;
	bool _failed = false;
};

}
