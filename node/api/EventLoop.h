#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "node/api/Export.h"
#include "node/api/Time.h"

namespace gimlet
{

class EventLoop;

/// A running timer. Destroying it cancels it; so does assigning another one to it.
/// Must not outlive its loop. Loop thread only.
class GIMLET_API Timer
{
public:
	Timer() = default;
	Timer(EventLoop& loop, std::uint64_t id) : _loop(&loop), _id(id) {}
	Timer(Timer&& other) noexcept :
		_loop(std::exchange(other._loop, nullptr)), _id(std::exchange(other._id, 0))
	{
	}
	Timer& operator=(Timer&& other) noexcept;
	~Timer();

	/// Legal at any time, also when the timer has fired or was never set.
	void cancel();

private:
	EventLoop* _loop = nullptr;
	std::uint64_t _id = 0;
};

/// A watched descriptor. Destroying it ends the watch; do so before closing the descriptor.
/// Must not outlive its loop. Loop thread only.
class GIMLET_API Watch
{
public:
	Watch() = default;
	Watch(EventLoop& loop, std::uint64_t id) : _loop(&loop), _id(id) {}
	Watch(Watch&& other) noexcept :
		_loop(std::exchange(other._loop, nullptr)), _id(std::exchange(other._id, 0))
	{
	}
	Watch& operator=(Watch&& other) noexcept;
	~Watch();

	/// Replaces the set of events waited for (EventLoop::READABLE, WRITABLE; 0 pauses).
	void update(unsigned events);

	/// Legal at any time, also inside the watch's own callback.
	void cancel();

private:
	EventLoop* _loop = nullptr;
	std::uint64_t _id = 0;
};

/// The one thread that owns the state of a node.
///
/// Everything but post() and inLoop() is for the loop thread only. Callbacks must not block. A callback
/// that throws ends only itself: the loop logs the error, counts it and goes on.
class GIMLET_API EventLoop
{
public:
	using Task = std::function<void()>;
	using WatchCallback = std::function<void(unsigned events)>;

	static constexpr unsigned READABLE = 1;
	static constexpr unsigned WRITABLE = 2;
	/// The other side hung up or the descriptor is broken; reported whether asked for or not.
	static constexpr unsigned HANGUP = 4;

	virtual ~EventLoop();

	/// The time at which the present round of callbacks began; it does not move inside one.
	virtual TimePoint now() const = 0;

	/// Runs a task on the loop thread, after the present round. Any thread. Tasks of one thread keep
	/// their order. A task posted when the loop has ended is destroyed without being run.
	virtual void post(Task task) = 0;

	/// Whether the caller is on the loop thread. Any thread.
	virtual bool inLoop() const = 0;

	/// Runs a task once at a time; at once, though never inside this call, when it has passed.
	[[nodiscard]] Timer at(TimePoint time, Task task);

	/// Runs a task once after a delay.
	[[nodiscard]] Timer after(Duration delay, Task task);

	/// Watches a descriptor (level-triggered). The caller keeps owning the descriptor.
	/// @throws Poco::SystemException when the kernel refuses it.
	[[nodiscard]] Watch watch(int descriptor, unsigned events, WatchCallback callback);

protected:
	friend class Timer;
	friend class Watch;

	virtual std::uint64_t addTimer(TimePoint time, Task task) = 0;
	virtual void removeTimer(std::uint64_t id) = 0;
	virtual std::uint64_t addWatch(int descriptor, unsigned events, WatchCallback callback) = 0;
	virtual void updateWatch(std::uint64_t id, unsigned events) = 0;
	virtual void removeWatch(std::uint64_t id) = 0;
};

}
