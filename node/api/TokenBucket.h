#pragma once

#include <algorithm>
#include <chrono>

#include "node/api/Time.h"

namespace gimlet
{

/// How often something may happen: so many at once, and so many a second in the long run.
struct Rate
{
	double burst = 1;
	double perSecond = 1;

	static Rate perMinute(double count)
	{
		return {count, count / 60};
	}
};

/// Counts what happens against a rate, which is the same one in all calls. It may go into debt: what is
/// charged has its place in time already.
class TokenBucket
{
public:
	TokenBucket(const Rate& rate, TimePoint now) : _tokens(rate.burst), _filled(now) {}

	/// @param amount How many it counts as; at most the burst. @return Whether it may happen now.
	bool take(const Rate& rate, TimePoint now, double amount = 1)
	{
		fill(rate, now);
		if (_tokens < amount)
			return false;
		_tokens -= amount;
		return true;
	}

	/// When the next one may happen, at the earliest now.
	TimePoint next(const Rate& rate, TimePoint now)
	{
		fill(rate, now);
		if (_tokens >= 1)
			return now;
		const std::chrono::duration<double> wait{(1 - _tokens) / rate.perSecond};
		return now + std::chrono::ceil<std::chrono::milliseconds>(wait);
	}

	/// Takes so much whatever is left: for what has happened already, or what happens at next(). Less than
	/// nothing gives back what was taken.
	void charge(double amount)
	{
		_tokens -= amount;
	}

	/// Whether it is as good as new.
	bool full(const Rate& rate, TimePoint now) const
	{
		return level(rate, now) >= rate.burst;
	}

private:
	double level(const Rate& rate, TimePoint now) const
	{
		const std::chrono::duration<double> since = now - _filled;
		return std::min(rate.burst, _tokens + since.count() * rate.perSecond);
	}

	void fill(const Rate& rate, TimePoint now)
	{
		_tokens = level(rate, now);
		_filled = now;
	}

	double _tokens;
	TimePoint _filled;
};

}
