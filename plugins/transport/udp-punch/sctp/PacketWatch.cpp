#include "plugins/transport/udp-punch/sctp/PacketWatch.h"

#include <algorithm>

#include "plugins/transport/udp-punch/sctp/Chunks.h"

namespace gimlet::udp_punch::sctp
{

namespace
{

constexpr std::uint16_t OUTGOING_RESET = 13;      // RFC 6525, section 4.1
constexpr std::size_t OUTGOING_RESET_LENGTH = 12; // two sequence numbers, then the TSN

}

void PacketWatch::onOutput(ByteView packet)
{
	eachChunk(packet,
		[this](std::uint8_t type, ByteView value)
		{
			if (value.size() < 4)
				return;
			if (type == chunk::DATA || type == chunk::IDATA)
				onTsn(read32(value, 0));
			if (type == chunk::SACK)
			{
				_anyAcknowledged = true;
				_acknowledged = read32(value, 0);
			}
		});
}

void PacketWatch::onTsn(std::uint32_t tsn)
{
	if (_anySent && !tsnBeyond(tsn, _highestSent))
	{
		++_retransmissions;
		return;
	}
	_anySent = true;
	_highestSent = tsn;
}

bool PacketWatch::onInput(ByteView packet)
{
	bool early = false;
	eachChunk(packet, [&](std::uint8_t type, ByteView value)
		{ early = early || (type == chunk::RECONFIG && isEarlyReset(value)); });
	_earlyResets += early ? 1 : 0;
	return !early;
}

bool PacketWatch::isEarlyReset(ByteView reconfiguration) const
{
	bool early = false;
	eachItem(reconfiguration,
		[&](std::uint16_t type, ByteView value)
		{
			if (type == OUTGOING_RESET && value.size() >= OUTGOING_RESET_LENGTH && _anyAcknowledged)
				early = early || tsnBeyond(read32(value, 8), _acknowledged);
		});
	return early;
}

}
