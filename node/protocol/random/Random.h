#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

namespace gimlet
{

/// Random numbers that nobody can guess, of OpenSSL's generator. Any thread. Throw std::runtime_error if it
/// has none to give; the caller cannot go on without.
void randomBytes(std::span<std::uint8_t> out);

/// A number, or an array of them, of which each is equally likely.
template <typename Value>
Value randomValue()
{
	static_assert(std::is_trivially_copyable_v<Value>);
	Value value{};
	randomBytes({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
	return value;
}

/// At least 0 and less than 1, for the pauses between attempts.
double randomFraction();

}
