#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/protocol/stun/Constants.h"

namespace gimlet::stun
{

/// Why bytes are not a STUN message.
enum class Fault
{
	None,
	TooShort,           ///< less than a header
	NotStun,            ///< the first two bits or the magic cookie
	BadLength,          ///< not a multiple of 4, or more than has come
	BadAttribute,       ///< an attribute reaches past the end
	FingerprintNotLast, ///< or not 4 bytes long
};

const char* toString(Fault fault);

struct Attribute
{
	std::uint16_t type = 0;
	ByteView value; ///< without padding
};

struct ErrorCode
{
	std::uint16_t code = 0; ///< 300 to 699
	std::string_view reason;
};

/// What a checksum says.
enum class Check
{
	Absent,
	Valid,
	Invalid,
};

/// The attributes that count, in their order: those that follow MESSAGE-INTEGRITY or
/// MESSAGE-INTEGRITY-SHA256 without being protected are left out (RFC 8489, sections 14.5 and 14.6).
class AttributeIterator
{
public:
	using value_type = Attribute;
	using difference_type = std::ptrdiff_t;

	AttributeIterator() = default;
	/// @param attributes Must have been found well-formed by MessageView::parse.
	explicit AttributeIterator(ByteView attributes);

	const Attribute& operator*() const
	{
		return _current;
	}
	const Attribute* operator->() const
	{
		return &_current;
	}
	AttributeIterator& operator++();
	void operator++(int)
	{
		++*this;
	}
	friend bool operator==(const AttributeIterator& iterator, std::default_sentinel_t)
	{
		return iterator._ended;
	}

private:
	void read();

	ByteView _rest; ///< begins with the current attribute
	Attribute _current;
	std::uint16_t _integrity = 0; ///< the strongest integrity attribute passed, 0 if none
	bool _ended = true;
};

/// A STUN message in bytes that somebody else owns (RFC 8489). Reading allocates nothing and never throws.
class MessageView
{
public:
	/// Checks header, lengths and attribute borders. Bytes after the message's own length are ignored.
	/// @param fault Set to the reason when the result is empty.
	static std::optional<MessageView> parse(ByteView bytes, Fault* fault = nullptr);

	/// The same for a message of RFC 3489, which has no magic cookie but a transaction id of 128 bits (RFC
	/// 5389, section 12). Only servers read these.
	static std::optional<MessageView> parseOld(ByteView bytes);

	MessageClass messageClass() const
	{
		return static_cast<MessageClass>((_bytes[0] & 1U) << 1 | (_bytes[1] >> 4 & 1U));
	}

	std::uint16_t method() const;

	/// 12 bytes.
	std::span<const std::uint8_t, 12> transactionId() const
	{
		return _bytes.subspan<8, 12>();
	}

	/// The 128 bits where an old message has its transaction id: cookie and transaction id.
	std::span<const std::uint8_t, 16> oldTransactionId() const
	{
		return _bytes.subspan<4, 16>();
	}

	bool hasTransactionId(const TransactionId& id) const;

	/// The whole message, without what followed it.
	ByteView bytes() const
	{
		return _bytes;
	}

	AttributeIterator begin() const
	{
		return AttributeIterator{_bytes.subspan(HEADER_SIZE)};
	}
	std::default_sentinel_t end() const
	{
		return {};
	}

	/// The value of the first attribute of a type: a repeated one is ignored (RFC 8489, section 14).
	std::optional<ByteView> find(std::uint16_t type) const;

	bool has(std::uint16_t type) const
	{
		return find(type).has_value();
	}

	/// MAPPED-ADDRESS and its like. Empty if absent, of an unknown family or a wrong length.
	std::optional<Endpoint> address(std::uint16_t type = attribute::MAPPED_ADDRESS) const;

	/// XOR-MAPPED-ADDRESS and its like.
	std::optional<Endpoint> xorAddress(std::uint16_t type = attribute::XOR_MAPPED_ADDRESS) const;

	/// The same in one of several attributes of a type (XOR-RELAYED-ADDRESS, one a family).
	std::optional<Endpoint> xorAddress(const Attribute& attribute) const;

	/// Empty if absent or out of the range 300 to 699.
	std::optional<ErrorCode> errorCode() const;

	/// USERNAME, REALM, NONCE, SOFTWARE. Not checked to be UTF-8.
	std::optional<std::string_view> text(std::uint16_t type) const;

	/// PRIORITY. Empty if absent or of another length.
	std::optional<std::uint32_t> number32(std::uint16_t type) const;

	/// ICE-CONTROLLING, ICE-CONTROLLED.
	std::optional<std::uint64_t> number64(std::uint16_t type) const;

	/// UNKNOWN-ATTRIBUTES. @return How many there are; at most out.size() are written.
	std::size_t unknownAttributes(std::span<std::uint16_t> out) const;

	/// Collects, each once, the attributes that must be understood and are not in `known`.
	/// @return How many were written; what does not fit in `out` is left out.
	std::size_t unknownRequired(std::span<const std::uint16_t> known, std::span<std::uint16_t> out) const;

	Check fingerprint() const;

	/// MESSAGE-INTEGRITY (HMAC-SHA1).
	/// @param key The short-term password, or longTermKeyMd5().
	Check integrity(ByteView key) const;

	/// MESSAGE-INTEGRITY-SHA256; only the full 32 bytes are accepted.
	Check integritySha256(ByteView key) const;

private:
	explicit MessageView(ByteView bytes) : _bytes(bytes) {}

	Check hmac(std::uint16_t type, std::size_t size, ByteView key) const;

	ByteView _bytes;
};

}
