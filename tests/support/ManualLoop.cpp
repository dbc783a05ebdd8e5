#include "tests/support/ManualLoop.h"

namespace gimlet::test
{

void ManualLoop::drain()
{
	while (!_posted.empty())
	{
		const Task task = std::move(_posted.front());
		_posted.pop_front();
		task();
	}
}

void ManualLoop::advance(Duration duration)
{
	const auto end = _now + duration;
	drain();
	while (!_timers.empty() && _timers.begin()->first.first <= end)
	{
		const auto first = _timers.begin();
		_now = std::max(_now, first->first.first);
		const Task task = std::move(first->second);
		_timerTimes.erase(first->first.second);
		_timers.erase(first);
		task();
		drain();
	}
	_now = end;
}

bool ManualLoop::fire(int descriptor, unsigned events)
{
	for (const auto& [id, watch] : _watches)
	{
		if (watch.descriptor != descriptor)
			continue;
		const auto callback = watch.callback;
		callback(events);
		return true;
	}
	return false;
}

std::uint64_t ManualLoop::addTimer(TimePoint time, Task task)
{
	const auto id = ++_lastId;
	_timers.emplace(std::pair{time, id}, std::move(task));
	_timerTimes.emplace(id, time);
	return id;
}

void ManualLoop::removeTimer(std::uint64_t id)
{
	const auto found = _timerTimes.find(id);
	if (found == _timerTimes.end())
		return;
	_timers.erase({found->second, id});
	_timerTimes.erase(id);
}

std::uint64_t ManualLoop::addWatch(int descriptor, unsigned events, WatchCallback callback)
{
	const auto id = ++_lastId;
	_watches.emplace(id, WatchEntry{descriptor, events, std::move(callback)});
	return id;
}

void ManualLoop::updateWatch(std::uint64_t id, unsigned events)
{
	const auto found = _watches.find(id);
	if (found != _watches.end())
		found->second.events = events;
}

void ManualLoop::removeWatch(std::uint64_t id)
{
	_watches.erase(id);
}

}
