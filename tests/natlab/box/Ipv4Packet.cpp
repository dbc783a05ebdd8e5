#include "tests/natlab/box/Ipv4Packet.h"

#include <algorithm>
#include <array>

namespace gimlet::natlab
{

namespace
{

constexpr std::size_t HEADER = 20;
constexpr std::size_t FLAGS_AT = 6;
constexpr std::size_t TTL_AT = 8;
constexpr std::size_t PROTOCOL_AT = 9;
constexpr std::size_t HEADER_CHECKSUM_AT = 10;
constexpr std::size_t SOURCE_AT = 12;
constexpr std::size_t DESTINATION_AT = 16;
constexpr unsigned FRAGMENT_MASK = 0x3FFF; // more fragments, and the offset

constexpr std::uint8_t ECHO_REPLY = 0;
constexpr std::uint8_t UNREACHABLE = 3;
constexpr std::uint8_t ECHO = 8;
constexpr std::uint8_t TIME_EXCEEDED = 11;
constexpr std::uint8_t PARAMETER_PROBLEM = 12;
constexpr std::size_t ICMP_HEADER = 8;
constexpr std::size_t ICMP_CHECKSUM_AT = 2;
constexpr std::size_t ICMP_IDENTIFIER_AT = 4;

unsigned word(ByteView bytes, std::size_t at)
{
	return static_cast<unsigned>(bytes[at] << 8U | bytes[at + 1]);
}

void setWord(std::span<std::uint8_t> bytes, std::size_t at, unsigned value)
{
	bytes[at] = static_cast<std::uint8_t>(value >> 8U);
	bytes[at + 1] = static_cast<std::uint8_t>(value);
}

unsigned fold(unsigned sum)
{
	while (sum > 0xFFFFU)
		sum = (sum & 0xFFFFU) + (sum >> 16U);
	return sum;
}

/// RFC 1071, over an even or odd number of bytes.
unsigned sumOf(ByteView bytes)
{
	unsigned sum = 0;
	for (std::size_t at = 0; at < bytes.size(); ++at)
		sum = fold(sum + (at % 2 == 0 ? static_cast<unsigned>(bytes[at] << 8U) : bytes[at]));
	return sum;
}

}

Ipv4Packet::Ipv4Packet(std::span<std::uint8_t> bytes, bool excerpt) : _bytes(bytes), _excerpt(excerpt) {}

std::optional<Ipv4Packet> Ipv4Packet::in(std::span<std::uint8_t> bytes)
{
	const Ipv4Packet packet{bytes, false};
	return packet.valid() ? std::optional{packet} : std::nullopt;
}

bool Ipv4Packet::valid() const
{
	if (_bytes.size() < HEADER || _bytes[0] >> 4U != 4 || headerSize() < HEADER ||
		_bytes.size() < headerSize() || (word(_bytes, FLAGS_AT) & FRAGMENT_MASK) != 0)
		return false;
	// An ICMP error quotes 8 bytes of the payload (RFC 792), which is all that a translation needs.
	const auto size = payload().size();
	switch (protocol())
	{
	case UDP:
		return size >= 8;
	case TCP:
		return size >= (_excerpt ? 8 : 20);
	case ICMP:
		return size >= ICMP_HEADER &&
			   (payload()[0] == ECHO || payload()[0] == ECHO_REPLY || (isError() && !_excerpt));
	default:
		return false;
	}
}

bool Ipv4Packet::isError() const
{
	const auto type = payload()[0];
	return protocol() == ICMP && (type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM);
}

std::size_t Ipv4Packet::headerSize() const
{
	return (_bytes[0] & 0x0FU) * std::size_t{4};
}

std::span<std::uint8_t> Ipv4Packet::payload() const
{
	return _bytes.subspan(headerSize());
}

std::uint8_t Ipv4Packet::protocol() const
{
	return _bytes[PROTOCOL_AT];
}

unsigned Ipv4Packet::ttl() const
{
	return _bytes[TTL_AT];
}

std::optional<std::size_t> Ipv4Packet::sourcePortAt() const
{
	if (protocol() != ICMP)
		return headerSize();
	return payload()[0] == ECHO ? std::optional{headerSize() + ICMP_IDENTIFIER_AT} : std::nullopt;
}

std::optional<std::size_t> Ipv4Packet::destinationPortAt() const
{
	if (protocol() != ICMP)
		return headerSize() + 2;
	return payload()[0] == ECHO_REPLY ? std::optional{headerSize() + ICMP_IDENTIFIER_AT} : std::nullopt;
}

std::optional<std::size_t> Ipv4Packet::checksumAt() const
{
	constexpr std::size_t UDP_CHECKSUM_AT = 6;
	constexpr std::size_t TCP_CHECKSUM_AT = 16;
	if (protocol() == ICMP)
		return headerSize() + ICMP_CHECKSUM_AT;
	if (protocol() == TCP)
		return _excerpt ? std::nullopt : std::optional{headerSize() + TCP_CHECKSUM_AT};
	// Zero means that the sender made none.
	const auto at = headerSize() + UDP_CHECKSUM_AT;
	return _excerpt || word(_bytes, at) == 0 ? std::nullopt : std::optional{at};
}

Endpoint Ipv4Packet::end(std::size_t addressAt, std::optional<std::size_t> portAt) const
{
	const auto port = portAt ? static_cast<std::uint16_t>(word(_bytes, *portAt)) : std::uint16_t{0};
	return Endpoint::fromBytes(_bytes.subspan(addressAt, 4), port);
}

Endpoint Ipv4Packet::source() const
{
	return end(SOURCE_AT, sourcePortAt());
}

Endpoint Ipv4Packet::destination() const
{
	return end(DESTINATION_AT, destinationPortAt());
}

void Ipv4Packet::setTtl(unsigned ttl)
{
	const std::array value{static_cast<std::uint8_t>(ttl), protocol()};
	const auto before = word(_bytes, TTL_AT);
	std::copy(value.begin(), value.end(), _bytes.begin() + TTL_AT);
	const auto sum = word(_bytes, HEADER_CHECKSUM_AT);
	setWord(_bytes, HEADER_CHECKSUM_AT, ~fold((~sum & 0xFFFFU) + (~before & 0xFFFFU) + word(_bytes, TTL_AT)));
}

void Ipv4Packet::setSource(const Endpoint& source)
{
	setEnd(SOURCE_AT, sourcePortAt(), source);
}

void Ipv4Packet::setDestination(const Endpoint& destination)
{
	setEnd(DESTINATION_AT, destinationPortAt(), destination);
}

void Ipv4Packet::setEnd(std::size_t addressAt, std::optional<std::size_t> portAt, const Endpoint& end)
{
	const bool inHeader = true;
	replace(_bytes.subspan(addressAt, 4), end.address(), inHeader);
	if (!portAt)
		return;
	const std::array port{static_cast<std::uint8_t>(end.port() >> 8U), static_cast<std::uint8_t>(end.port())};
	replace(_bytes.subspan(*portAt, 2), port, !inHeader);
}

void Ipv4Packet::replace(std::span<std::uint8_t> field, ByteView value, bool inHeader)
{
	// RFC 1624, equation 3.
	const auto delta = fold((~sumOf(field) & 0xFFFFU) + sumOf(value));
	std::copy(value.begin(), value.end(), field.begin());
	const auto follow = [&](std::size_t at)
	{ setWord(_bytes, at, ~fold((~word(_bytes, at) & 0xFFFFU) + delta)); };
	if (inHeader)
		follow(HEADER_CHECKSUM_AT);
	// UDP and TCP count the addresses in a pseudo header; ICMP does not.
	if (const auto at = checksumAt(); at && (!inHeader || protocol() != ICMP))
		follow(*at);
}

std::optional<Ipv4Packet> Ipv4Packet::quoted() const
{
	if (!isError())
		return std::nullopt;
	const Ipv4Packet packet{payload().subspan(ICMP_HEADER), true};
	return packet.valid() ? std::optional{packet} : std::nullopt;
}

void Ipv4Packet::quotedChanged()
{
	const auto at = headerSize() + ICMP_CHECKSUM_AT;
	setWord(_bytes, at, 0);
	setWord(_bytes, at, ~sumOf(payload()));
}

}
