#include "node/protocol/stun/MessageView.h"

#include <algorithm>

#include "node/protocol/stun/Digest.h"
#include "node/protocol/stun/Wire.h"

namespace gimlet::stun
{

namespace
{

Fault checkAttributes(ByteView attributes)
{
	while (!attributes.empty())
	{
		// The message's length is a multiple of 4, so a header is always there.
		const auto type = read16(attributes.data());
		const std::size_t length = read16(attributes.data() + 2);
		const auto size = ATTRIBUTE_HEADER_SIZE + padded(length);
		if (size > attributes.size())
			return Fault::BadAttribute;
		if (type == attribute::FINGERPRINT && (length != 4 || size != attributes.size()))
			return Fault::FingerprintNotLast;
		attributes = attributes.subspan(size);
	}
	return Fault::None;
}

Fault check(ByteView bytes, bool old)
{
	if (bytes.size() < HEADER_SIZE)
		return Fault::TooShort;
	const bool hasCookie = read32(bytes.data() + 4) == MAGIC_COOKIE;
	if ((bytes[0] & 0xc0U) != 0 || hasCookie == old)
		return Fault::NotStun;
	const std::size_t length = read16(bytes.data() + 2);
	if (length % 4 != 0 || length > bytes.size() - HEADER_SIZE)
		return Fault::BadLength;
	return checkAttributes(bytes.subspan(HEADER_SIZE, length));
}

/// The bytes of an address attribute: 0, family, port, address (RFC 8489, section 14.1).
std::optional<Endpoint> readAddress(ByteView value)
{
	constexpr std::size_t BEFORE = 4;
	if (value.size() < BEFORE)
		return std::nullopt;
	const auto family = value[1];
	const std::size_t size = family == FAMILY_IPV4 ? 4 : family == FAMILY_IPV6 ? 16 : 0;
	if (size == 0 || value.size() != BEFORE + size)
		return std::nullopt;
	return Endpoint::fromBytes(value.subspan(BEFORE), read16(value.data() + 2));
}

}

const char* toString(Fault fault)
{
	switch (fault)
	{
	case Fault::None:
		return "none";
	case Fault::TooShort:
		return "too short";
	case Fault::NotStun:
		return "not STUN";
	case Fault::BadLength:
		return "bad length";
	case Fault::BadAttribute:
		return "bad attribute";
	case Fault::FingerprintNotLast:
		return "fingerprint not last";
	}
	return "?";
}

AttributeIterator::AttributeIterator(ByteView attributes) : _rest(attributes), _ended(attributes.empty())
{
	if (!_ended)
		read();
}

void AttributeIterator::read()
{
	_current.type = read16(_rest.data());
	_current.value = _rest.subspan(ATTRIBUTE_HEADER_SIZE, read16(_rest.data() + 2));
}

AttributeIterator& AttributeIterator::operator++()
{
	for (;;)
	{
		if (_current.type == attribute::MESSAGE_INTEGRITY_SHA256 ||
			(_current.type == attribute::MESSAGE_INTEGRITY && _integrity == 0))
			_integrity = _current.type;
		_rest = _rest.subspan(ATTRIBUTE_HEADER_SIZE + padded(_current.value.size()));
		_ended = _rest.empty();
		if (_ended)
			return *this;
		read();
		if (_integrity == 0 || _current.type == attribute::FINGERPRINT)
			return *this;
		if (_integrity == attribute::MESSAGE_INTEGRITY &&
			_current.type == attribute::MESSAGE_INTEGRITY_SHA256)
			return *this;
	}
}

std::optional<MessageView> MessageView::parse(ByteView bytes, Fault* fault)
{
	const auto found = check(bytes, false);
	if (fault)
		*fault = found;
	if (found != Fault::None)
		return std::nullopt;
	return MessageView{bytes.first(HEADER_SIZE + read16(bytes.data() + 2))};
}

std::optional<MessageView> MessageView::parseOld(ByteView bytes)
{
	if (check(bytes, true) != Fault::None)
		return std::nullopt;
	return MessageView{bytes.first(HEADER_SIZE + read16(bytes.data() + 2))};
}

std::uint16_t MessageView::method() const
{
	// RFC 8489, section 5: M11 to M7, C1, M6 to M4, C0, M3 to M0.
	const auto type = read16(_bytes.data());
	return static_cast<std::uint16_t>((type & 0x000fU) | (type & 0x00e0U) >> 1 | (type & 0x3e00U) >> 2);
}

bool MessageView::hasTransactionId(const TransactionId& id) const
{
	return std::equal(id.begin(), id.end(), transactionId().begin());
}

std::optional<ByteView> MessageView::find(std::uint16_t type) const
{
	for (auto attribute = begin(); attribute != end(); ++attribute)
		if (attribute->type == type)
			return attribute->value;
	return std::nullopt;
}

std::optional<Endpoint> MessageView::address(std::uint16_t type) const
{
	const auto value = find(type);
	return value ? readAddress(*value) : std::nullopt;
}

std::optional<Endpoint> MessageView::xorAddress(std::uint16_t type) const
{
	const auto value = find(type);
	return value ? xorAddress(Attribute{type, *value}) : std::nullopt;
}

std::optional<Endpoint> MessageView::xorAddress(const Attribute& attribute) const
{
	const auto& value = attribute.value;
	if (value.size() < 4 || value.size() > 20)
		return std::nullopt;
	// The port is masked with the cookie's first half, the address with cookie and transaction id, which
	// stand one after the other in the header (RFC 8489, section 14.2).
	std::array<std::uint8_t, 20> plain{};
	std::copy(value.begin(), value.end(), plain.begin());
	const auto mask = _bytes.subspan<4, 16>();
	for (std::size_t i = 0; i < 2; ++i)
		plain[2 + i] ^= mask[i];
	for (std::size_t i = 0; i < mask.size(); ++i)
		plain[4 + i] ^= mask[i];
	return readAddress({plain.data(), value.size()});
}

std::optional<ErrorCode> MessageView::errorCode() const
{
	const auto value = find(attribute::ERROR_CODE);
	if (!value || value->size() < 4)
		return std::nullopt;
	const unsigned hundreds = (*value)[2] & 7U;
	const unsigned number = (*value)[3];
	if (hundreds < 3 || hundreds > 6 || number > 99)
		return std::nullopt;
	return ErrorCode{static_cast<std::uint16_t>(hundreds * 100 + number), asText(value->subspan(4))};
}

std::optional<std::string_view> MessageView::text(std::uint16_t type) const
{
	const auto value = find(type);
	return value ? std::optional{asText(*value)} : std::nullopt;
}

std::optional<std::uint32_t> MessageView::number32(std::uint16_t type) const
{
	const auto value = find(type);
	return value && value->size() == 4 ? std::optional{read32(value->data())} : std::nullopt;
}

std::optional<std::uint64_t> MessageView::number64(std::uint16_t type) const
{
	const auto value = find(type);
	return value && value->size() == 8 ? std::optional{read64(value->data())} : std::nullopt;
}

std::size_t MessageView::unknownAttributes(std::span<std::uint16_t> out) const
{
	const auto value = find(attribute::UNKNOWN_ATTRIBUTES);
	if (!value)
		return 0;
	const auto count = value->size() / 2;
	for (std::size_t i = 0; i < std::min(count, out.size()); ++i)
		out[i] = read16(value->data() + 2 * i);
	return count;
}

std::size_t MessageView::unknownRequired(
	std::span<const std::uint16_t> known, std::span<std::uint16_t> out) const
{
	std::size_t count = 0;
	for (auto attribute = begin(); attribute != end() && count < out.size(); ++attribute)
	{
		const auto type = attribute->type;
		const auto seen = out.first(count);
		if (comprehensionRequired(type) && std::find(known.begin(), known.end(), type) == known.end() &&
			std::find(seen.begin(), seen.end(), type) == seen.end())
			out[count++] = type;
	}
	return count;
}

Check MessageView::fingerprint() const
{
	const auto value = find(attribute::FINGERPRINT);
	if (!value)
		return Check::Absent;
	// It is the last attribute, so the header's length is already the one to be covered.
	const auto covered = _bytes.first(_bytes.size() - ATTRIBUTE_HEADER_SIZE - 4);
	return read32(value->data()) == (crc32(covered) ^ FINGERPRINT_XOR) ? Check::Valid : Check::Invalid;
}

Check MessageView::integrity(ByteView key) const
{
	return hmac(attribute::MESSAGE_INTEGRITY, SHA1_SIZE, key);
}

Check MessageView::integritySha256(ByteView key) const
{
	return hmac(attribute::MESSAGE_INTEGRITY_SHA256, SHA256_SIZE, key);
}

Check MessageView::hmac(std::uint16_t type, std::size_t size, ByteView key) const
{
	const auto value = find(type);
	if (!value)
		return Check::Absent;
	if (value->size() != size)
		return Check::Invalid;
	// The HMAC covers all that stands before the attribute, with a header whose length ends after it.
	const auto before = static_cast<std::size_t>(value->data() - _bytes.data()) - ATTRIBUTE_HEADER_SIZE;
	std::array<std::uint8_t, HEADER_SIZE> header{};
	std::copy_n(_bytes.begin(), HEADER_SIZE, header.begin());
	write16(&header[2], static_cast<std::uint16_t>(before + ATTRIBUTE_HEADER_SIZE + size - HEADER_SIZE));
	const auto body = _bytes.subspan(HEADER_SIZE, before - HEADER_SIZE);
	const bool equal = size == SHA1_SIZE ? constantTimeEqual(hmacSha1(key, header, body), *value)
										 : constantTimeEqual(hmacSha256(key, header, body), *value);
	return equal ? Check::Valid : Check::Invalid;
}

}
