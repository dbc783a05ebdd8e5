#include "plugins/transport/udp-punch/sctp/Retransmissions.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

constexpr std::size_t COMMON_HEADER = 12; // RFC 9260, section 3
constexpr std::size_t CHUNK_HEADER = 4;
constexpr std::uint8_t DATA = 0;   // section 3.3.1
constexpr std::uint8_t IDATA = 64; // RFC 8260, section 2.1

}

void Retransmissions::onOutput(ByteView packet)
{
	std::size_t at = COMMON_HEADER;
	while (packet.size() >= at + CHUNK_HEADER + 4)
	{
		const auto* chunk = packet.data() + at;
		const std::size_t length = static_cast<std::size_t>(chunk[2]) << 8U | chunk[3];
		if (length < CHUNK_HEADER)
			return;
		if (chunk[0] == DATA || chunk[0] == IDATA)
			onTsn(static_cast<std::uint32_t>(chunk[4]) << 24U | static_cast<std::uint32_t>(chunk[5]) << 16U |
				  static_cast<std::uint32_t>(chunk[6]) << 8U | chunk[7]);
		at += (length + 3) & ~std::size_t{3};
	}
}

void Retransmissions::onTsn(std::uint32_t tsn)
{
	// Serial numbers (section 1.6): beyond means less than half the circle ahead.
	if (_any && static_cast<std::int32_t>(tsn - _highest) <= 0)
	{
		++_count;
		return;
	}
	_any = true;
	_highest = tsn;
}

}
