#pragma once

#include <algorithm>

#include "node/api/Time.h"

namespace gimlet::web
{

/// Lets so many events a second through on average, and more at once after a quiet time.
class TokenBucket
{
public:
	/// Full at first. @param rate Events a second, at least 1. @param burst At once, at least 1.
	TokenBucket(unsigned rate, unsigned burst, TimePoint now) :
		_interval(std::chrono::nanoseconds{std::chrono::seconds{1}} / rate),
		_burst(_interval * burst),
		_since(now - _burst)
	{
	}

	/// Whether an event at this time, not earlier than the last, may pass.
	bool take(TimePoint now)
	{
		_since = std::max(_since, now - _burst);
		if (now - _since < _interval)
			return false;
		_since += _interval;
		return true;
	}

private:
	Duration _interval;
	Duration _burst;
	/// The time since which nothing has been taken, if all had been taken at the allowed rate.
	TimePoint _since;
};

}
