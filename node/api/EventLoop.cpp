#include "node/api/EventLoop.h"

namespace gimlet
{

EventLoop::~EventLoop() = default;

Timer EventLoop::at(TimePoint time, Task task)
{
	return {*this, addTimer(time, std::move(task))};
}

Timer EventLoop::after(Duration delay, Task task)
{
	return at(now() + delay, std::move(task));
}

Watch EventLoop::watch(int descriptor, unsigned events, WatchCallback callback)
{
	return {*this, addWatch(descriptor, events, std::move(callback))};
}

Timer& Timer::operator=(Timer&& other) noexcept
{
	if (this != &other)
	{
		cancel();
		_loop = std::exchange(other._loop, nullptr);
		_id = std::exchange(other._id, 0);
	}
	return *this;
}

Timer::~Timer()
{
	cancel();
}

void Timer::cancel()
{
	if (auto* loop = std::exchange(_loop, nullptr))
		loop->removeTimer(_id);
}

Watch& Watch::operator=(Watch&& other) noexcept
{
	if (this != &other)
	{
		cancel();
		_loop = std::exchange(other._loop, nullptr);
		_id = std::exchange(other._id, 0);
	}
	return *this;
}

Watch::~Watch()
{
	cancel();
}

void Watch::update(unsigned events)
{
	if (_loop)
		_loop->updateWatch(_id, events);
}

void Watch::cancel()
{
	if (auto* loop = std::exchange(_loop, nullptr))
		loop->removeWatch(_id);
}

}
