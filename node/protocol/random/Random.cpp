#include "node/protocol/random/Random.h"

#include <openssl/rand.h>

#include <stdexcept>

namespace gimlet
{

void randomBytes(std::span<std::uint8_t> out)
{
	if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
		throw std::runtime_error("OpenSSL has no random numbers to give");
}

double randomFraction()
{
	constexpr double RANGE = 4294967296.0; // 2^32
	return randomValue<std::uint32_t>() / RANGE;
}

}
