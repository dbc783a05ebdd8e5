#pragma once

#include <cstdint>
#include <span>

namespace gimlet::sim
{

/// A seeded source of chance that gives the same numbers with every compiler and library (SplitMix64,
/// Steele, Lea and Flood 2014). Everything in a simulated world that is left to chance comes from one of
/// these.
class Random
{
public:
	explicit Random(std::uint64_t seed) : _state(seed) {}

	std::uint64_t next()
	{
		auto value = _state += 0x9E3779B97F4A7C15U;
		value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
		value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
		return value ^ value >> 31U;
	}

	/// In [0, 1).
	double unit()
	{
		return static_cast<double>(next() >> 11U) * 0x1p-53;
	}

	/// Whether something of this probability happens. Draws nothing for what never or always does.
	bool chance(double probability)
	{
		return probability > 0 && (probability >= 1 || unit() < probability);
	}

	/// In [0, count); count must not be 0.
	std::uint64_t below(std::uint64_t count)
	{
		return next() % count;
	}

	void fill(std::span<std::uint8_t> bytes)
	{
		for (auto& byte : bytes)
			byte = static_cast<std::uint8_t>(next());
	}

	/// A source of its own, so that what one part draws does not shift what another one gets.
	Random fork()
	{
		return Random{next()};
	}

private:
	std::uint64_t _state;
};

}
