#pragma once

#include <utility>

#include "node/api/Time.h"

namespace gimlet::core
{

/// Tells from two clocks that this machine, or this process, has not run for a while: NATs have forgotten it
/// meanwhile, and peers have given it up.
///
/// A laptop that sleeps stops the monotonic clock and not that of the time since boot (CLOCK_BOOTTIME). A
/// virtual machine that was paused, and a process that was stopped (SIGSTOP), find the monotonic clock far
/// ahead.
class SleepDetector
{
public:
	struct Options
	{
		/// How often beat() is called.
		Duration interval = std::chrono::seconds{5};
		/// A beat that comes so much too late means sleep. Less may be a busy machine; NATs forget a mapping
		/// after 30 s at the earliest, peers doubt a silent path after some seconds and find it well again.
		Duration late = std::chrono::seconds{10};
		/// The same where it is known that the process was stopped (SIGCONT), or the machine slept: the
		/// clocks of a laptop disagree by nothing else.
		Duration stopped = std::chrono::seconds{2};
	};

	/// @param sinceBoot CLOCK_BOOTTIME; a system that does not have it gives `now` again.
	SleepDetector(Options options, TimePoint now, TimePoint sinceBoot) :
		_options(options), _last(now), _pauseEnded(now), _asleep(sinceBoot - now)
	{
	}

	/// At least at each interval. @return Whether there was a sleep since the last call.
	bool beat(TimePoint now, TimePoint sinceBoot)
	{
		return look(now, sinceBoot, _options.late);
	}

	/// The process was stopped and goes on (SIGCONT). As beat().
	bool continued(TimePoint now, TimePoint sinceBoot)
	{
		// The beat that was due meanwhile comes first, and has not known.
		const bool ofThisMoment = now - _pauseEnded < SAME_MOMENT;
		const auto before = std::exchange(_pause, Duration{});
		return look(now, sinceBoot, _options.stopped) ||
			   (ofThisMoment && before > _options.interval + _options.stopped);
	}

private:
	/// A signal is heard in the round of the loop in which the process goes on, or in the next one.
	static constexpr Duration SAME_MOMENT = std::chrono::seconds{1};

	bool look(TimePoint now, TimePoint sinceBoot, Duration late)
	{
		const auto asleep = sinceBoot - now;
		const auto pause = now - _last;
		// One of the rounds of this moment has seen the whole pause.
		if (pause > _pause || now - _pauseEnded >= SAME_MOMENT)
		{
			_pause = pause;
			_pauseEnded = now;
		}
		const bool slept = pause > _options.interval + late || asleep - _asleep > _options.stopped;
		if (slept)
			_pause = {};
		_last = now;
		_asleep = asleep;
		return slept;
	}

	Options _options;
	TimePoint _last;
	Duration _pause{}; ///< the longest of this moment, unless it was told
	TimePoint _pauseEnded;
	Duration _asleep; ///< for how long, since boot
};

}
