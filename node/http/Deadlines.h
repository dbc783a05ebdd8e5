#pragma once

#include <set>
#include <utility>

#include "node/api/EventLoop.h"

namespace gimlet::http
{

/// Many deadlines on one timer of the loop. Loop thread only.
class Deadlines
{
public:
	/// Something with one deadline.
	class Owner
	{
	public:
		Owner() = default;
		Owner(const Owner&) = delete;
		Owner& operator=(const Owner&) = delete;
		virtual ~Owner();

		/// Called once per deadline that was set; the owner may set another one or be destroyed inside.
		virtual void onDeadline(TimePoint now) = 0;

		/// NEVER if none is set.
		TimePoint deadline() const
		{
			return _at;
		}

	private:
		friend class Deadlines;
		Deadlines* _deadlines = nullptr;
		TimePoint _at = NEVER;
	};

	explicit Deadlines(EventLoop& loop) : _loop(loop) {}
	Deadlines(const Deadlines&) = delete;
	Deadlines& operator=(const Deadlines&) = delete;

	/// Replaces the owner's deadline; NEVER for none. The owner forgets it when it is destroyed.
	void set(Owner& owner, TimePoint at);

private:
	void arm();
	void fire();

	EventLoop& _loop;
	std::set<std::pair<TimePoint, Owner*>> _entries;
	Timer _timer;
	TimePoint _armed = NEVER;
};

}
