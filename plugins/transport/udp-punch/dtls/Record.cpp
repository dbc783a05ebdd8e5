#include "plugins/transport/udp-punch/dtls/Record.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

/// RFC 5246, section 6.2.3: a record that is encrypted may be longer by so much.
constexpr std::size_t MAX_EXPANSION = 2048;
/// RFC 6347, section 4.1: {254, 255} is 1.0, which a first ClientHello may wear; {254, 253} is 1.2.
constexpr std::uint8_t VERSION_MAJOR = 254;
constexpr std::uint8_t VERSION_MINOR_1_0 = 255;
constexpr std::uint8_t VERSION_MINOR_1_2 = 253;
/// RFC 5246, section 7.4.
constexpr std::uint8_t CLIENT_HELLO = 1;

constexpr std::uint16_t word(ByteView bytes, std::size_t at)
{
	return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

}

bool Record::isClientHello() const
{
	return type == ContentType::Handshake && epoch == 0 && !fragment.empty() && fragment[0] == CLIENT_HELLO;
}

std::optional<Record> nextRecord(ByteView& datagram)
{
	if (datagram.size() < RECORD_HEADER)
		return {};
	const auto type = datagram[0];
	if (type < static_cast<std::uint8_t>(ContentType::ChangeCipherSpec) ||
		type > static_cast<std::uint8_t>(ContentType::ApplicationData))
		return {};
	if (datagram[1] != VERSION_MAJOR ||
		(datagram[2] != VERSION_MINOR_1_0 && datagram[2] != VERSION_MINOR_1_2))
		return {};
	const std::size_t length = word(datagram, RECORD_HEADER - 2);
	if (length > MAX_PLAINTEXT + MAX_EXPANSION || length > datagram.size() - RECORD_HEADER)
		return {};
	Record record;
	record.type = static_cast<ContentType>(type);
	record.epoch = word(datagram, 3);
	record.bytes = datagram.first(RECORD_HEADER + length);
	record.fragment = record.bytes.subspan(RECORD_HEADER);
	datagram = datagram.subspan(RECORD_HEADER + length);
	return record;
}

}
