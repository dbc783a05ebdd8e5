#pragma once

#include <cstddef>
#include <cstdint>

/// Numbers in network byte order.
namespace gimlet::stun
{

inline std::uint16_t read16(const std::uint8_t* bytes)
{
	return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

inline std::uint32_t read32(const std::uint8_t* bytes)
{
	return static_cast<std::uint32_t>(read16(bytes)) << 16 | read16(bytes + 2);
}

inline std::uint64_t read64(const std::uint8_t* bytes)
{
	return static_cast<std::uint64_t>(read32(bytes)) << 32 | read32(bytes + 4);
}

inline void write16(std::uint8_t* bytes, std::uint16_t value)
{
	bytes[0] = static_cast<std::uint8_t>(value >> 8);
	bytes[1] = static_cast<std::uint8_t>(value);
}

inline void write32(std::uint8_t* bytes, std::uint32_t value)
{
	write16(bytes, static_cast<std::uint16_t>(value >> 16));
	write16(bytes + 2, static_cast<std::uint16_t>(value));
}

inline void write64(std::uint8_t* bytes, std::uint64_t value)
{
	write32(bytes, static_cast<std::uint32_t>(value >> 32));
	write32(bytes + 4, static_cast<std::uint32_t>(value));
}

/// Attributes begin on multiples of 4 (RFC 8489, section 14).
constexpr std::size_t padded(std::size_t length)
{
	return (length + 3) & ~std::size_t{3};
}

}
