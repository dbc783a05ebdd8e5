#include "node/core/EpollLoop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

namespace gimlet::core
{

namespace
{

class EpollLoopTest : public testing::Test
{
protected:
	Poco::Logger& _logger = Poco::Logger::get("test");
	EpollLoop _loop{_logger};

	void runUntil(const bool& done)
	{
		const auto deadline = Clock::now() + 10s;
		while (!done && Clock::now() < deadline)
			_loop.runOnce(1s);
		ASSERT_TRUE(done);
	}
};

TEST_F(EpollLoopTest, TimersRunInOrderOfTime)
{
	std::string order;
	bool done = false;
	const auto late = _loop.after(20ms,
		[&]
		{
			order += 'c';
			done = true;
		});
	const auto early = _loop.after(1ms, [&] { order += 'a'; });
	const auto middle = _loop.after(10ms, [&] { order += 'b'; });
	runUntil(done);
	EXPECT_EQ(order, "abc");
}

TEST_F(EpollLoopTest, ACancelledTimerNeverRuns)
{
	bool done = false;
	bool ran = false;
	auto doomed = _loop.after(1ms, [&] { ran = true; });
	const auto later = _loop.after(20ms, [&] { done = true; });
	doomed.cancel();
	runUntil(done);
	EXPECT_FALSE(ran);
}

TEST_F(EpollLoopTest, ATimerMayReplaceItself)
{
	bool done = false;
	int rounds = 0;
	Timer timer;
	std::function<void()> tick = [&]
	{
		done = ++rounds == 3;
		if (!done)
			timer = _loop.after(1ms, tick);
	};
	timer = _loop.after(0ms, tick);
	runUntil(done);
	EXPECT_EQ(rounds, 3);
}

TEST_F(EpollLoopTest, ATimerDueAtOnceDoesNotStarveTheRest)
{
	bool done = false;
	Timer timer;
	std::function<void()> again = [&] { timer = _loop.after(0ms, again); };
	timer = _loop.after(0ms, again);
	_loop.post([&] { done = true; });
	runUntil(done);
}

TEST_F(EpollLoopTest, TasksOfAnotherThreadWakeTheLoopAndKeepTheirOrder)
{
	std::string order;
	bool done = false;
	std::thread other(
		[&]
		{
			for (char letter = 'a'; letter <= 'e'; ++letter)
				_loop.post([&order, letter] { order += letter; });
			_loop.post([&] { done = true; });
		});
	runUntil(done);
	other.join();
	EXPECT_EQ(order, "abcde");
}

TEST_F(EpollLoopTest, AWatchIsCalledAndMayEndItself)
{
	std::array<int, 2> ends{};
	ASSERT_EQ(pipe(ends.data()), 0);
	bool done = false;
	int calls = 0;
	Watch watch;
	watch = _loop.watch(ends[0], EventLoop::READABLE,
		[&](unsigned events)
		{
			EXPECT_TRUE(events & EventLoop::READABLE);
			++calls;
			watch.cancel();
			done = true;
		});
	ASSERT_EQ(write(ends[1], "x", 1), 1);
	runUntil(done);
	_loop.runOnce(0ms);
	EXPECT_EQ(calls, 1);
	close(ends[0]);
	close(ends[1]);
}

TEST_F(EpollLoopTest, AWatchRemovedByAnotherOfTheSameRoundIsNotCalled)
{
	std::array<int, 2> one{};
	std::array<int, 2> two{};
	ASSERT_EQ(pipe(one.data()), 0);
	ASSERT_EQ(pipe(two.data()), 0);
	int calls = 0;
	Watch first;
	Watch second;
	first = _loop.watch(one[0], EventLoop::READABLE,
		[&](unsigned)
		{
			++calls;
			first.cancel();
			second.cancel();
		});
	second = _loop.watch(two[0], EventLoop::READABLE,
		[&](unsigned)
		{
			++calls;
			first.cancel();
			second.cancel();
		});
	ASSERT_EQ(write(one[1], "x", 1), 1);
	ASSERT_EQ(write(two[1], "x", 1), 1);
	_loop.runOnce(1s);
	_loop.runOnce(0ms);
	EXPECT_EQ(calls, 1);
	for (const int end : {one[0], one[1], two[0], two[1]})
		close(end);
}

TEST_F(EpollLoopTest, AWatchThatIsDestroyedMayOwnOthers)
{
	std::array<int, 2> pipe{};
	ASSERT_EQ(::pipe(pipe.data()), 0);
	bool destroyed = false;
	{
		auto inner = std::make_shared<Watch>(_loop.watch(pipe[1], EventLoop::READABLE, [](unsigned) {}));
		auto last = std::shared_ptr<void>(nullptr, [&](void*) { destroyed = true; });
		auto outer = _loop.watch(
			pipe[0], EventLoop::READABLE, [inner = std::move(inner), last = std::move(last)](unsigned) {});
		outer.cancel();
	}
	_loop.runOnce(0s);
	EXPECT_TRUE(destroyed);
	// The inner one has ended too: its descriptor can be watched again.
	EXPECT_NO_THROW(auto again = _loop.watch(pipe[1], EventLoop::READABLE, [](unsigned) {}));
	::close(pipe[0]);
	::close(pipe[1]);
}

TEST_F(EpollLoopTest, WhatATaskOwnsMayTouchTheLoopThatEnds)
{
	/// As an object that is kept alive by a task alone.
	struct Owner
	{
		EventLoop& loop;
		Timer timer;
		~Owner()
		{
			timer.cancel();
			loop.post([] {});
		}
	};
	auto loop = std::make_unique<EpollLoop>(_logger);
	for (int i = 0; i < 3; ++i)
	{
		auto owner = std::make_shared<Owner>(*loop, loop->after(1h, [] {}));
		loop->post([owner] {});
		owner->timer = loop->after(2h, [keep = std::make_shared<Owner>(*loop, loop->after(3h, [] {}))] {});
	}
	loop.reset();
}

TEST_F(EpollLoopTest, ACallbackThatThrowsEndsOnlyItself)
{
	bool done = false;
	_loop.post([] { throw std::runtime_error("on purpose"); });
	_loop.post([] { throw 42; });
	_loop.post([&] { done = true; });
	runUntil(done);
	EXPECT_EQ(_loop.failures(), 2U);
}

TEST_F(EpollLoopTest, StopEndsRunFromAnotherThread)
{
	std::thread other([&] { _loop.post([&] { _loop.stop(); }); });
	_loop.run();
	other.join();
	EXPECT_TRUE(_loop.inLoop());
}

TEST_F(EpollLoopTest, StopBeforeRunIsNotForgotten)
{
	_loop.stop();
	_loop.run();
}

}

}
