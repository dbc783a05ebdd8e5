#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "node/api/Bytes.h"

namespace gimlet::udp_punch::dtls
{

/// RFC 6347, section 4.1: type, version, epoch, sequence number, length.
inline constexpr std::size_t RECORD_HEADER = 13;
/// RFC 6347, section 4.1: what a record may hold before it is encrypted.
inline constexpr std::size_t MAX_PLAINTEXT = 1U << 14U;

/// RFC 5246, section 6.2.1.
enum class ContentType : std::uint8_t
{
	ChangeCipherSpec = 20,
	Alert = 21,
	Handshake = 22,
	ApplicationData = 23,
};

/// One record of a datagram; a view.
struct Record
{
	ContentType type = ContentType::Handshake;
	std::uint16_t epoch = 0; ///< 0 is not encrypted
	ByteView bytes;          ///< with its header
	ByteView fragment;       ///< without

	/// Whether it begins a handshake: in the clear, and the message is a ClientHello.
	bool isClientHello() const;
};

/// Cuts the first record off a datagram, which then holds the rest. Empty, also at the end, if what comes is
/// no record of DTLS 1.0 or 1.2 that the datagram holds whole; the rest is then of no use either.
std::optional<Record> nextRecord(ByteView& datagram);

}
