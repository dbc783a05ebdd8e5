#pragma once

#include <Poco/Logger.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "node/api/Descriptor.h"
#include "node/api/EventLoop.h"

namespace gimlet::core
{

/// The loop of a running node: epoll, an eventfd to be woken by, and timers in order of time.
///
/// One round: wait for the earliest of descriptor, timer and posted task; take the time once; run due
/// timers, then ready watches, then the tasks that were posted before the round began.
class EpollLoop final : public EventLoop
{
public:
	/// @param logger Where callbacks that throw are reported. Must outlive the loop.
	/// @throws Poco::SystemException when the kernel has no descriptors left.
	explicit EpollLoop(Poco::Logger& logger);
	~EpollLoop() override;

	/// Runs rounds until stop(). The calling thread is the loop thread from now on.
	void run();

	/// Makes run() return after the present round; also a run() that comes later. Any thread, and
	/// signal-safe.
	void stop();

	/// Runs one round, waiting at most so long for something to do. For tests and for shutting down.
	void runOnce(Duration longest);

	/// Callbacks that threw since the start.
	std::uint64_t failures() const
	{
		return _failures;
	}

	TimePoint now() const override;
	void post(Task task) override;
	bool inLoop() const override;

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
		WatchCallback callback;
	};

	int waitMilliseconds(Duration longest);
	void runTimers();
	void runWatch(std::uint64_t id, std::uint32_t events);
	void runTasks();
	std::vector<Task> takePosted();
	void clearRemoved();
	void guarded(const Task& task);

	Poco::Logger& _logger;
	Descriptor _epoll;
	Descriptor _wake;
	std::atomic<bool> _stopping{false};
	std::atomic<std::thread::id> _thread;
	TimePoint _now;
	std::uint64_t _lastId = 0;
	std::uint64_t _failures = 0;

	std::map<std::pair<TimePoint, std::uint64_t>, Task> _timers;
	std::unordered_map<std::uint64_t, TimePoint> _timerTimes;
	std::unordered_map<std::uint64_t, std::unique_ptr<WatchEntry>> _watches;
	/// Watches removed during a round: their callback may be the one that is running.
	std::vector<std::unique_ptr<WatchEntry>> _removed;

	mutable std::mutex _mutex;
	std::vector<Task> _posted; ///< guarded by _mutex
};

}
