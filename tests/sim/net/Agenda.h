#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "node/api/Time.h"

namespace gimlet::sim
{

/// What will happen in a world, in the order of time, and at one time in the order in which it was put
/// here. Time goes from one event to the next: an hour without events takes nothing.
class Agenda
{
public:
	using Task = std::function<void()>;

	/// Names an event, for cancel(). Zero names none.
	struct Entry
	{
		TimePoint time{};
		std::uint64_t number = 0;

		friend auto operator<=>(const Entry&, const Entry&) = default;
	};

	const TimePoint& now() const
	{
		return _now;
	}

	/// What lies in the past happens now, though not inside this call.
	Entry at(TimePoint time, Task task);

	/// Legal too when it has happened.
	void cancel(const Entry& entry)
	{
		_events.erase(entry);
	}

	/// Lets the next event happen if it is due until then. @return False if none is; the time is then `end`.
	bool step(TimePoint end);

	void run(Duration duration);

	/// @return Whether `done` was true within the limit; it is asked after each event.
	bool runUntil(const std::function<bool()>& done, Duration limit);

	std::uint64_t happened() const
	{
		return _happened;
	}

private:
	/// Far from zero, for machines that subtract; hours in which nothing was.
	TimePoint _now{std::chrono::hours{1000}};
	std::uint64_t _lastNumber = 0;
	std::uint64_t _happened = 0;
	std::map<Entry, Task> _events;
};

}
