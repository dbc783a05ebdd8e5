#pragma once

#include <chrono>

#include "node/api/Time.h"
#include "tests/sim/net/Random.h"

namespace gimlet::sim
{

/// While one lives, its thread sees virtual time and seeded chance wherever libraries take them from:
/// clock_gettime, gettimeofday and time, OpenSSL's RAND and usrsctp's read_random. Other threads, and this
/// one afterwards, see the real ones; so do the clocks of CPU time. One at a time in a thread.
class VirtualTime
{
public:
	/// 2026-01-01 00:00:00 UTC stands where CLOCK_MONOTONIC is zero: certificates are made of it.
	static constexpr std::chrono::seconds WALL_AT_ZERO{1'767'225'600};

	/// @param now Read whenever somebody asks; must live as long.
	/// @throws std::logic_error when there is one already, or OpenSSL takes no random source.
	VirtualTime(const TimePoint& now, Random random);
	VirtualTime(const VirtualTime&) = delete;
	VirtualTime& operator=(const VirtualTime&) = delete;
	~VirtualTime();

private:
	Random _random;
};

}
