#include "plugins/transport/udp-punch/sctp/Dcep.h"

#include <algorithm>
#include <limits>

namespace gimlet::udp_punch::sctp::dcep
{

namespace
{

// RFC 8832, section 8.2.1 and 5.1.
constexpr std::uint8_t OPEN = 0x03;
constexpr std::uint8_t ACK = 0x02;
constexpr std::size_t OPEN_HEADER = 12;
constexpr std::uint8_t UNORDERED = 0x80;
constexpr std::uint8_t RELIABLE = 0x00;
constexpr std::uint8_t LIMITED_RETRANSMITS = 0x01;
constexpr std::uint8_t LIMITED_LIFETIME = 0x02;

void put16(Buffer& out, std::size_t value)
{
	out.push_back(static_cast<std::uint8_t>(value >> 8U));
	out.push_back(static_cast<std::uint8_t>(value));
}

std::uint16_t get16(ByteView bytes, std::size_t at)
{
	return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

std::uint32_t get32(ByteView bytes, std::size_t at)
{
	return static_cast<std::uint32_t>(get16(bytes, at)) << 16U | get16(bytes, at + 2);
}

std::uint8_t channelType(const ChannelOptions& options)
{
	std::uint8_t type = RELIABLE;
	if (options.maxRetransmits)
		type = LIMITED_RETRANSMITS;
	else if (options.maxLifetime)
		type = LIMITED_LIFETIME;
	return options.ordered ? type : type | UNORDERED;
}

std::uint32_t reliabilityParameter(const ChannelOptions& options)
{
	if (options.maxRetransmits)
		return *options.maxRetransmits;
	if (!options.maxLifetime)
		return 0;
	constexpr std::chrono::milliseconds::rep LONGEST = std::numeric_limits<std::uint32_t>::max();
	return static_cast<std::uint32_t>(
		std::clamp<std::chrono::milliseconds::rep>(options.maxLifetime->count(), 0, LONGEST));
}

bool readChannelType(std::uint8_t type, std::uint32_t parameter, ChannelOptions& options)
{
	constexpr std::uint32_t MOST = std::numeric_limits<std::uint16_t>::max();
	options.ordered = (type & UNORDERED) == 0;
	switch (type & ~UNORDERED)
	{
	case RELIABLE:
		return true;
	case LIMITED_RETRANSMITS:
		// More than 65,535 retransmissions of one message are as good as any number.
		options.maxRetransmits = static_cast<std::uint16_t>(std::min(parameter, MOST));
		return true;
	case LIMITED_LIFETIME:
		options.maxLifetime = std::chrono::milliseconds{parameter};
		return true;
	default:
		return false;
	}
}

std::optional<Message> decodeOpen(ByteView bytes)
{
	if (bytes.size() < OPEN_HEADER)
		return std::nullopt;
	const std::size_t label = get16(bytes, 8);
	const std::size_t protocol = get16(bytes, 10);
	if (bytes.size() - OPEN_HEADER < label + protocol)
		return std::nullopt;

	ChannelOptions options;
	if (!readChannelType(bytes[1], get32(bytes, 4), options))
		return std::nullopt;
	options.priority = get16(bytes, 2);
	options.label = asText(bytes.subspan(OPEN_HEADER, label));
	options.protocol = asText(bytes.subspan(OPEN_HEADER + label, protocol));
	return options;
}

}

bool valid(const ChannelOptions& options)
{
	return options.label.size() <= MAX_TEXT && options.protocol.size() <= MAX_TEXT &&
		   !(options.maxRetransmits && options.maxLifetime) &&
		   (!options.maxLifetime || options.maxLifetime->count() >= 0);
}

Buffer encodeOpen(const ChannelOptions& options)
{
	Buffer out;
	out.reserve(OPEN_HEADER + options.label.size() + options.protocol.size());
	out.push_back(OPEN);
	out.push_back(channelType(options));
	put16(out, options.priority);
	const auto parameter = reliabilityParameter(options);
	put16(out, parameter >> 16U);
	put16(out, parameter & 0xffffU);
	put16(out, options.label.size());
	put16(out, options.protocol.size());
	const auto label = asBytes(options.label);
	out.insert(out.end(), label.begin(), label.end());
	const auto protocol = asBytes(options.protocol);
	out.insert(out.end(), protocol.begin(), protocol.end());
	return out;
}

Buffer encodeAck()
{
	return {ACK};
}

std::optional<Message> decode(ByteView bytes)
{
	if (bytes.empty())
		return std::nullopt;
	if (bytes[0] == ACK)
		return Ack{};
	return bytes[0] == OPEN ? decodeOpen(bytes) : std::nullopt;
}

}
