#pragma once

#include <algorithm>

#include "node/api/Time.h"

namespace gimlet::core
{

/// Makes one event of a burst of hints: when none has come for a while, or when they do not end.
class Settling
{
public:
	Settling(Duration quiet, Duration longest) : _quiet(quiet), _longest(longest) {}

	void hint(TimePoint now)
	{
		if (_deadline == NEVER)
			_latest = now + _longest;
		_deadline = std::min(now + _quiet, _latest);
	}

	TimePoint nextDeadline() const
	{
		return _deadline;
	}

	/// @return Whether the burst is over now.
	bool onTimer(TimePoint now)
	{
		if (now < _deadline)
			return false;
		_deadline = NEVER;
		return true;
	}

private:
	Duration _quiet;
	Duration _longest;
	TimePoint _deadline = NEVER;
	TimePoint _latest = NEVER;
};

}
