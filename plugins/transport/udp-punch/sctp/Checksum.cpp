#include "plugins/transport/udp-punch/sctp/Checksum.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>

extern "C" unsigned long getauxval(unsigned long); // of <sys/auxv.h>, which is no header for a codec
#endif

namespace gimlet::udp_punch::sctp::checksum
{

namespace
{

using Table = std::array<std::array<std::uint32_t, 256>, 8>;
/// Continues a CRC, which is neither inverted before nor after.
using Update = std::uint32_t (*)(std::uint32_t, const std::uint8_t*, std::size_t);

/// Eight bytes a step: a table for each of their positions.
constexpr Table makeTable()
{
	constexpr std::uint32_t POLYNOMIAL = 0x82f63b78; // 0x1edc6f41 reflected
	Table table{};
	for (std::uint32_t i = 0; i < 256; ++i)
	{
		std::uint32_t value = i;
		for (int bit = 0; bit < 8; ++bit)
			value = (value & 1U) != 0 ? value >> 1U ^ POLYNOMIAL : value >> 1U;
		table[0][i] = value;
	}
	for (std::uint32_t i = 0; i < 256; ++i)
		for (std::size_t k = 1; k < 8; ++k)
			table[k][i] = table[k - 1][i] >> 8U ^ table[0][table[k - 1][i] & 0xffU];
	return table;
}

constexpr Table TABLE = makeTable();

std::uint32_t updateByTable(std::uint32_t crc, const std::uint8_t* data, std::size_t size)
{
	for (; size >= 8; data += 8, size -= 8)
	{
		const std::uint32_t low =
			crc ^
			(static_cast<std::uint32_t>(data[0]) | static_cast<std::uint32_t>(data[1]) << 8U |
				static_cast<std::uint32_t>(data[2]) << 16U | static_cast<std::uint32_t>(data[3]) << 24U);
		crc = TABLE[7][low & 0xffU] ^ TABLE[6][low >> 8U & 0xffU] ^ TABLE[5][low >> 16U & 0xffU] ^
			  TABLE[4][low >> 24U] ^ TABLE[3][data[4]] ^ TABLE[2][data[5]] ^ TABLE[1][data[6]] ^
			  TABLE[0][data[7]];
	}
	for (; size > 0; ++data, --size)
		crc = crc >> 8U ^ TABLE[0][(crc ^ *data) & 0xffU];
	return crc;
}

#if defined(__x86_64__)

/// The instruction takes a new word each cycle and gives its result after three: three lanes of so many bytes
/// each keep it busy, which is worth 7 % of an association.
constexpr std::size_t LANE = 128;

/// What a CRC becomes when so many zero bytes follow: the sum of what its four bytes become.
using ZerosTable = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr std::uint32_t appendZeros(std::uint32_t crc, std::size_t count)
{
	for (; count > 0; --count)
		crc = crc >> 8U ^ TABLE[0][crc & 0xffU];
	return crc;
}

constexpr ZerosTable makeZeros(std::size_t count)
{
	// It is linear: a table of the 32 bits first, which spares most of the work at compile time.
	std::array<std::uint32_t, 32> bits{};
	for (std::size_t bit = 0; bit < bits.size(); ++bit)
		bits[bit] = appendZeros(std::uint32_t{1} << bit, count);
	ZerosTable table{};
	for (std::size_t byte = 0; byte < table.size(); ++byte)
		for (std::size_t value = 0; value < 256; ++value)
			for (std::size_t bit = 0; bit < 8; ++bit)
				if ((value >> bit & 1U) != 0)
					table[byte][value] ^= bits[byte * 8 + bit];
	return table;
}

constexpr ZerosTable ONE_LANE = makeZeros(LANE);
constexpr ZerosTable TWO_LANES = makeZeros(2 * LANE);

std::uint64_t shifted(const ZerosTable& table, std::uint64_t crc)
{
	return table[0][crc & 0xffU] ^ table[1][crc >> 8U & 0xffU] ^ table[2][crc >> 16U & 0xffU] ^
		   table[3][crc >> 24U & 0xffU];
}

std::uint64_t wordAt(const std::uint8_t* data)
{
	std::uint64_t word = 0;
	std::memcpy(&word, data, sizeof word);
	return word;
}

__attribute__((target("sse4.2"))) std::uint32_t updateByInstruction(
	std::uint32_t crc, const std::uint8_t* data, std::size_t size)
{
	std::uint64_t wide = crc;
	for (; size >= 3 * LANE; data += 3 * LANE, size -= 3 * LANE)
	{
		std::uint64_t second = 0;
		std::uint64_t third = 0;
		for (std::size_t at = 0; at < LANE; at += 8)
		{
			wide = _mm_crc32_u64(wide, wordAt(data + at));
			second = _mm_crc32_u64(second, wordAt(data + LANE + at));
			third = _mm_crc32_u64(third, wordAt(data + 2 * LANE + at));
		}
		wide = shifted(TWO_LANES, wide) ^ shifted(ONE_LANE, second) ^ third;
	}
	for (; size >= 8; data += 8, size -= 8)
		wide = _mm_crc32_u64(wide, wordAt(data));
	crc = static_cast<std::uint32_t>(wide);
	for (; size > 0; ++data, --size)
		crc = _mm_crc32_u8(crc, *data);
	return crc;
}

Update choose()
{
	return __builtin_cpu_supports("sse4.2") != 0 ? updateByInstruction : updateByTable;
}

#elif defined(__aarch64__) && defined(__linux__)

__attribute__((target("+crc"))) std::uint32_t updateByInstruction(
	std::uint32_t crc, const std::uint8_t* data, std::size_t size)
{
	for (; size >= 8; data += 8, size -= 8)
	{
		std::uint64_t word = 0;
		std::memcpy(&word, data, 8);
		crc = __crc32cd(crc, word);
	}
	for (; size > 0; ++data, --size)
		crc = __crc32cb(crc, *data);
	return crc;
}

Update choose()
{
	constexpr unsigned long CRC32 = 1UL << 7U; // HWCAP_CRC32
	return (getauxval(AT_HWCAP) & CRC32) != 0 ? updateByInstruction : updateByTable;
}

#else

Update choose()
{
	return updateByTable;
}

#endif

Update chosen()
{
	static const Update update = choose();
	return update;
}

constexpr std::size_t PLACE = 8;

/// The checksum counts as zero in itself.
std::uint32_t ofPacket(ByteView packet)
{
	constexpr std::array<std::uint8_t, 4> ZERO{};
	const auto update = chosen();
	std::uint32_t crc = update(~0U, packet.data(), PLACE);
	crc = update(crc, ZERO.data(), ZERO.size());
	return ~update(crc, packet.data() + HEADER, packet.size() - HEADER);
}

}

void write(std::span<std::uint8_t> packet)
{
	const auto crc = ofPacket(packet);
	// Appendix A: the reflected CRC goes out with its lowest byte first.
	for (std::size_t i = 0; i < 4; ++i)
		packet[PLACE + i] = static_cast<std::uint8_t>(crc >> 8U * i);
}

bool check(ByteView packet)
{
	if (packet.size() < HEADER)
		return false;
	const auto crc = ofPacket(packet);
	for (std::size_t i = 0; i < 4; ++i)
		if (packet[PLACE + i] != static_cast<std::uint8_t>(crc >> 8U * i))
			return false;
	return true;
}

std::uint32_t crc32c(ByteView bytes)
{
	return ~chosen()(~0U, bytes.data(), bytes.size());
}

std::uint32_t crc32cByTable(ByteView bytes)
{
	return ~updateByTable(~0U, bytes.data(), bytes.size());
}

const char* method()
{
	if (chosen() == updateByTable)
		return "table";
#if defined(__aarch64__)
	return "armv8";
#else
	return "sse4.2";
#endif
}

}
