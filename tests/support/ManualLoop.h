#pragma once

#include <deque>
#include <map>
#include <unordered_map>

#include "node/api/EventLoop.h"

namespace gimlet::test
{

/// A loop in virtual time: nothing happens until the test says so, and an hour passes at once.
/// Watches are accepted and never fire, except by fire().
class ManualLoop final : public EventLoop
{
public:
	TimePoint now() const override
	{
		return _now;
	}

	void post(Task task) override
	{
		_posted.push_back(std::move(task));
	}

	bool inLoop() const override
	{
		return true;
	}

	/// Runs what was posted, and what that posts, until nothing is left.
	void drain();

	/// Lets time pass, running each timer at its time and all that is posted in between.
	void advance(Duration duration);

	/// Calls the watch of a descriptor. @return Whether there is one.
	bool fire(int descriptor, unsigned events);

	std::size_t timers() const
	{
		return _timers.size();
	}

	std::size_t watches() const
	{
		return _watches.size();
	}

protected:
	std::uint64_t addTimer(TimePoint time, Task task) override;
	void removeTimer(std::uint64_t id) override;
	std::uint64_t addWatch(int descriptor, unsigned events, WatchCallback callback) override;
	void updateWatch(std::uint64_t id, unsigned events) override;
	void removeWatch(std::uint64_t id) override;

private:
	struct WatchEntry
	{
		int descriptor;
		unsigned events;
		WatchCallback callback;
	};

	TimePoint _now{std::chrono::hours{1000}};
	std::uint64_t _lastId = 0;
	std::deque<Task> _posted;
	std::map<std::pair<TimePoint, std::uint64_t>, Task> _timers;
	std::unordered_map<std::uint64_t, TimePoint> _timerTimes;
	std::map<std::uint64_t, WatchEntry> _watches;
};

}
