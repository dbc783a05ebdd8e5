#include "node/protocol/stun/MessageBuilder.h"

#include <algorithm>
#include <limits>

#include "node/protocol/stun/Digest.h"
#include "node/protocol/stun/Wire.h"

namespace gimlet::stun
{

MessageBuilder::MessageBuilder(std::span<std::uint8_t> buffer, MessageClass messageClass,
	std::uint16_t method, std::span<const std::uint8_t, 12> transactionId) :
	_buffer(buffer)
{
	if (buffer.size() < HEADER_SIZE)
	{
		_failed = true;
		return;
	}
	const unsigned bits = static_cast<unsigned>(messageClass);
	// RFC 8489, section 5: M11 to M7, C1, M6 to M4, C0, M3 to M0.
	const auto type = (method & 0x000fU) | (method & 0x0070U) << 1 | (method & 0x0f80U) << 2 |
					  (bits & 1U) << 4 | (bits & 2U) << 7;
	write16(buffer.data(), static_cast<std::uint16_t>(type));
	write32(buffer.data() + 4, MAGIC_COOKIE);
	std::copy(transactionId.begin(), transactionId.end(), buffer.data() + 8);
	_size = HEADER_SIZE;
}

MessageBuilder& MessageBuilder::oldTransactionId(std::span<const std::uint8_t, 16> id)
{
	if (!_failed)
		std::copy(id.begin(), id.end(), _buffer.data() + 4);
	return *this;
}

std::uint8_t* MessageBuilder::open(std::uint16_t type, std::size_t length)
{
	constexpr std::size_t LONGEST = std::numeric_limits<std::uint16_t>::max();
	const auto size = ATTRIBUTE_HEADER_SIZE + padded(length);
	if (_failed || length > LONGEST || size > _buffer.size() - _size || _size + size - HEADER_SIZE > LONGEST)
	{
		_failed = true;
		return nullptr;
	}
	auto* const bytes = _buffer.data() + _size;
	write16(bytes, type);
	write16(bytes + 2, static_cast<std::uint16_t>(length));
	std::fill(bytes + ATTRIBUTE_HEADER_SIZE + length, bytes + size, std::uint8_t{0});
	_size += size;
	return bytes + ATTRIBUTE_HEADER_SIZE;
}

void MessageBuilder::writeLength(std::size_t more)
{
	write16(_buffer.data() + 2, static_cast<std::uint16_t>(_size + more - HEADER_SIZE));
}

MessageBuilder& MessageBuilder::add(std::uint16_t type, ByteView value)
{
	if (auto* const bytes = open(type, value.size()))
		std::copy(value.begin(), value.end(), bytes);
	return *this;
}

MessageBuilder& MessageBuilder::flag(std::uint16_t type)
{
	return add(type, {});
}

MessageBuilder& MessageBuilder::text(std::uint16_t type, std::string_view value)
{
	return add(type, asBytes(value));
}

MessageBuilder& MessageBuilder::number32(std::uint16_t type, std::uint32_t value)
{
	if (auto* const bytes = open(type, 4))
		write32(bytes, value);
	return *this;
}

MessageBuilder& MessageBuilder::number64(std::uint16_t type, std::uint64_t value)
{
	if (auto* const bytes = open(type, 8))
		write64(bytes, value);
	return *this;
}

MessageBuilder& MessageBuilder::address(const Endpoint& endpoint, std::uint16_t type)
{
	return writeAddress(type, endpoint, false);
}

MessageBuilder& MessageBuilder::xorAddress(const Endpoint& endpoint, std::uint16_t type)
{
	return writeAddress(type, endpoint, true);
}

MessageBuilder& MessageBuilder::writeAddress(std::uint16_t type, const Endpoint& endpoint, bool masked)
{
	const auto address = endpoint.address();
	auto* const bytes = endpoint.valid() ? open(type, 4 + address.size()) : nullptr;
	if (!bytes)
	{
		_failed = true;
		return *this;
	}
	bytes[0] = 0;
	bytes[1] = endpoint.isV4() ? FAMILY_IPV4 : FAMILY_IPV6;
	write16(bytes + 2, endpoint.port());
	std::copy(address.begin(), address.end(), bytes + 4);
	if (masked)
	{
		const auto* const mask = _buffer.data() + 4; // cookie and transaction id
		for (std::size_t i = 0; i < 2; ++i)
			bytes[2 + i] ^= mask[i];
		for (std::size_t i = 0; i < address.size(); ++i)
			bytes[4 + i] ^= mask[i];
	}
	return *this;
}

MessageBuilder& MessageBuilder::errorCode(std::uint16_t code, std::string_view reason)
{
	if (auto* const bytes = open(attribute::ERROR_CODE, 4 + reason.size()))
	{
		bytes[0] = 0;
		bytes[1] = 0;
		bytes[2] = static_cast<std::uint8_t>(code / 100);
		bytes[3] = static_cast<std::uint8_t>(code % 100);
		std::copy(reason.begin(), reason.end(), bytes + 4);
	}
	return *this;
}

MessageBuilder& MessageBuilder::unknownAttributes(std::span<const std::uint16_t> types)
{
	if (auto* const bytes = open(attribute::UNKNOWN_ATTRIBUTES, 2 * types.size()))
		for (std::size_t i = 0; i < types.size(); ++i)
			write16(bytes + 2 * i, types[i]);
	return *this;
}

MessageBuilder& MessageBuilder::integrity(ByteView key)
{
	if (_failed)
		return *this;
	writeLength(ATTRIBUTE_HEADER_SIZE + SHA1_SIZE);
	return add(attribute::MESSAGE_INTEGRITY, hmacSha1(key, _buffer.first(_size)));
}

MessageBuilder& MessageBuilder::integritySha256(ByteView key)
{
	if (_failed)
		return *this;
	writeLength(ATTRIBUTE_HEADER_SIZE + SHA256_SIZE);
	return add(attribute::MESSAGE_INTEGRITY_SHA256, hmacSha256(key, _buffer.first(_size)));
}

MessageBuilder& MessageBuilder::fingerprint()
{
	if (_failed)
		return *this;
	writeLength(ATTRIBUTE_HEADER_SIZE + 4);
	return number32(attribute::FINGERPRINT, crc32(_buffer.first(_size)) ^ FINGERPRINT_XOR);
}

ByteView MessageBuilder::finish()
{
	if (_failed)
		return {};
	writeLength(0);
	return _buffer.first(_size);
}

}
