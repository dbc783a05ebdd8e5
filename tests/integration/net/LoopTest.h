#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "node/core/EpollLoop.h"

namespace gimlet::test
{

/// A test on a real loop that is run only while the test waits for something.
class LoopTest : public testing::Test
{
protected:
	/// Runs the loop until the condition holds; fails the test if it does not in the time of a failure.
	void runUntil(const std::function<bool()>& condition)
	{
		const auto deadline = Clock::now() + std::chrono::seconds{20};
		while (!condition() && Clock::now() < deadline)
			_loop.runOnce(std::chrono::milliseconds{200});
		ASSERT_TRUE(condition());
		ASSERT_EQ(_loop.failures(), 0U);
	}

	Poco::Logger& _logger = Poco::Logger::get("test");
	core::EpollLoop _loop{_logger};
};

}
