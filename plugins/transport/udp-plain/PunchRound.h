#pragma once

#include <cstddef>

#include "node/api/Time.h"
#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

/// One round of punches: n = 1, 2, 3, ... at the moments of PUNCH_SCHEDULE.
class PunchRound
{
public:
	/// Begins (anew); the first punch is due now.
	void start(TimePoint now)
	{
		_start = now;
		_step = 0;
	}

	void stop()
	{
		_step = PUNCH_SCHEDULE.size();
	}

	/// One punch goes out. Those whose moments passed unused meanwhile are skipped, not made up for.
	/// @return Its number, n.
	unsigned next(TimePoint now)
	{
		do
			++_step;
		while (_step < PUNCH_SCHEDULE.size() && _start + PUNCH_SCHEDULE[_step] <= now);
		return static_cast<unsigned>(_step);
	}

	bool running() const
	{
		return _step < PUNCH_SCHEDULE.size();
	}

	TimePoint nextDeadline() const
	{
		return running() ? _start + PUNCH_SCHEDULE[_step] : NEVER;
	}

private:
	TimePoint _start;
	std::size_t _step = PUNCH_SCHEDULE.size();
};

}
