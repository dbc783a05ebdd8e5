#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "node/api/Endpoint.h"

namespace gimlet::natlab
{

/// An IPv4 packet that a NAT can translate, in the bytes that hold it: its two ends can be read and replaced,
/// and the checksums follow (RFC 791, 768, 9293, 792; RFC 1624 for the sums).
///
/// The port of an ICMP query is its identifier (RFC 5508, section 3.1): the asker's, whichever way it goes.
class Ipv4Packet
{
public:
	static constexpr std::uint8_t ICMP = 1;
	static constexpr std::uint8_t TCP = 6;
	static constexpr std::uint8_t UDP = 17;

	/// @return Empty if it is no IPv4, malformed, a fragment, of another protocol, or ICMP of another kind
	/// than echo and errors. @param bytes Must outlive the packet.
	static std::optional<Ipv4Packet> in(std::span<std::uint8_t> bytes);

	std::uint8_t protocol() const;
	unsigned ttl() const;
	Endpoint source() const;
	Endpoint destination() const;

	void setTtl(unsigned ttl);
	void setSource(const Endpoint& source);
	void setDestination(const Endpoint& destination);

	/// What an ICMP error complains of; empty for everything else. Its own checksums are left alone: it is an
	/// excerpt.
	std::optional<Ipv4Packet> quoted() const;

	/// Writes into an ICMP error what was changed in quoted(): its checksum is made anew.
	void quotedChanged();

private:
	explicit Ipv4Packet(std::span<std::uint8_t> bytes, bool excerpt);

	bool valid() const;
	bool isError() const;
	std::size_t headerSize() const;
	std::span<std::uint8_t> payload() const;
	Endpoint end(std::size_t addressAt, std::optional<std::size_t> portAt) const;
	void setEnd(std::size_t addressAt, std::optional<std::size_t> portAt, const Endpoint& end);
	std::optional<std::size_t> sourcePortAt() const;
	std::optional<std::size_t> destinationPortAt() const;
	void replace(std::span<std::uint8_t> field, ByteView value, bool inHeader);
	std::optional<std::size_t> checksumAt() const;

	std::span<std::uint8_t> _bytes;
	bool _excerpt;
};

}
