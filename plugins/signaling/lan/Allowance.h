#pragma once

#include <algorithm>

#include "node/api/Time.h"

namespace gimlet::lan
{

/// A token bucket: so many a second, and so many at once. A machine.
class Allowance
{
public:
	Allowance(double rate, double burst) : _rate(rate), _burst(burst), _left(burst) {}

	/// Takes one, if there is one.
	bool take(TimePoint now)
	{
		const double passed = std::max(0.0, std::chrono::duration<double>(now - _at).count());
		_left = _at == TimePoint{} ? _left : std::min(_burst, _left + passed * _rate);
		_at = now;
		if (_left < 1)
			return false;
		_left -= 1;
		return true;
	}

private:
	double _rate;
	double _burst;
	double _left;
	TimePoint _at{};
};

}
