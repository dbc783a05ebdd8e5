#pragma once

#include <cstdint>
#include <span>

#include "node/api/Bytes.h"

/// The CRC32c of SCTP packets (RFC 9260, section 6.8 and appendix A), by the processor's instruction where it
/// has one. Pure.
namespace gimlet::udp_punch::sctp::checksum
{

/// The common header, which has the checksum at byte 8.
constexpr std::size_t HEADER = 12;

/// Writes the checksum into a packet. @pre At least HEADER bytes.
void write(std::span<std::uint8_t> packet);

/// Whether a packet has a header and the right checksum in it.
bool check(ByteView packet);

/// For tests: the CRC32c of some bytes, by the instruction if there is one, and always by table.
std::uint32_t crc32c(ByteView bytes);
std::uint32_t crc32cByTable(ByteView bytes);
/// "sse4.2", "armv8" or "table".
const char* method();

}
