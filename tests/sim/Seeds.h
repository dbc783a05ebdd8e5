#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gimlet::sim
{

/// Runs a test's body for seeds `first` to `first + count - 1`, or only for that of the environment variable
/// GIMLET_SIM_SEED. Prints the range, and with each failure how to repeat it alone. Ends after the first
/// seed that failed.
void forSeeds(std::uint64_t first, std::uint64_t count, const std::function<void(std::uint64_t)>& body);

/// One seed.
inline void withSeed(std::uint64_t seed, const std::function<void(std::uint64_t)>& body)
{
	forSeeds(seed, 1, body);
}

/// "GIMLET_SIM_SEED=7 sim-tests --gtest_filter=Suite.name", for the running test.
std::string replay(std::uint64_t seed);

}
