#pragma once

#include <chrono>

namespace gimlet
{

/// The clock of every timer and deadline. Machines are handed its values and never read it themselves.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

/// "No deadline": what nextDeadline() of an idle machine returns.
inline constexpr TimePoint NEVER = TimePoint::max();

/// Wall-clock time in milliseconds since 1970, for display and for the wire; never for timers.
using WallTime = std::chrono::milliseconds;

}
