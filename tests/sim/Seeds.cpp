#include "tests/sim/Seeds.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace gimlet::sim
{

std::string replay(std::uint64_t seed)
{
	const auto* test = testing::UnitTest::GetInstance()->current_test_info();
	return fmt::format("to repeat it: GIMLET_SIM_SEED={} sim-tests --gtest_filter={}.{}", seed,
		test->test_suite_name(), test->name());
}

void forSeeds(std::uint64_t first, std::uint64_t count, const std::function<void(std::uint64_t)>& body)
{
	if (const char* text = std::getenv("GIMLET_SIM_SEED"); text != nullptr)
	{
		first = std::strtoull(text, nullptr, 10);
		count = 1;
	}
	if (count == 1)
		fmt::print("seed {}\n", first);
	else
		fmt::print("seeds {} to {}\n", first, first + count - 1);
	for (auto seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed)
	{
		SCOPED_TRACE(replay(seed));
		body(seed);
	}
}

}
