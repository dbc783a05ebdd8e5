#include "node/http/Deadlines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/ManualLoop.h"

using namespace gimlet;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace
{

class HttpDeadlines : public testing::Test
{
protected:
	struct Owner final : http::Deadlines::Owner
	{
		std::function<void(TimePoint)> call;
		void onDeadline(TimePoint now) override
		{
			call(now);
		}
	};

	std::unique_ptr<Owner> owner(const std::string& name)
	{
		auto made = std::make_unique<Owner>();
		made->call = [this, name](TimePoint) { _fired.push_back(name); };
		return made;
	}

	test::ManualLoop _loop;
	http::Deadlines _deadlines{_loop};
	std::vector<std::string> _fired;
};

}

TEST_F(HttpDeadlines, ComeInTheirOrderOnOneTimer)
{
	const auto a = owner("a");
	const auto b = owner("b");
	const auto c = owner("c");
	_deadlines.set(*a, _loop.now() + 3s);
	_deadlines.set(*b, _loop.now() + 1s);
	_deadlines.set(*c, _loop.now() + 2s);
	EXPECT_EQ(_loop.timers(), 1U);
	_loop.advance(1500ms);
	EXPECT_THAT(_fired, ElementsAre("b"));
	_loop.advance(10s);
	EXPECT_THAT(_fired, ElementsAre("b", "c", "a"));
	EXPECT_EQ(_loop.timers(), 0U);
}

TEST_F(HttpDeadlines, AreMovedAndForgotten)
{
	const auto moved = owner("moved");
	const auto cancelled = owner("cancelled");
	auto destroyed = owner("destroyed");
	for (auto* each : {moved.get(), cancelled.get(), destroyed.get()})
		_deadlines.set(*each, _loop.now() + 1s);
	_deadlines.set(*moved, _loop.now() + 5s);
	_deadlines.set(*cancelled, NEVER);
	destroyed.reset();
	_loop.advance(4s);
	EXPECT_THAT(_fired, IsEmpty());
	_loop.advance(1s);
	EXPECT_THAT(_fired, ElementsAre("moved"));
}

TEST_F(HttpDeadlines, OwnersMayGoAndComeWhileTheyAreCalled)
{
	auto first = std::make_unique<Owner>();
	auto second = owner("second");
	first->call = [&](TimePoint now)
	{
		_fired.push_back("first");
		second.reset();
		if (_fired.size() < 3)
			_deadlines.set(*first, now + 1s);
	};
	_deadlines.set(*first, _loop.now() + 1s);
	_deadlines.set(*second, _loop.now() + 1s + 1ns);
	_loop.advance(10s);
	EXPECT_THAT(_fired, ElementsAre("first", "first", "first"));
}
