#pragma once

#include <memory>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet::sim
{

/// A UDP datagram on its way.
struct Packet
{
	/// RFC 791 and 8200 headers without options, and RFC 768's.
	static constexpr std::size_t V4_HEADERS = 20 + 8;
	static constexpr std::size_t V6_HEADERS = 40 + 8;

	Endpoint source;
	Endpoint destination;
	int ttl = 64;
	Buffer bytes;

	/// Bytes of the IP packet: what rates and MTUs count.
	std::size_t size() const
	{
		return bytes.size() + (destination.isV4() ? V4_HEADERS : V6_HEADERS);
	}
};

using PacketPtr = std::shared_ptr<Packet>;

}
