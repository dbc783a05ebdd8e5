#include "tests/unit/udp-punch/dtls/WallClock.h"

#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <ctime>

namespace
{

/// Microseconds since 1970; 0 while the real clock is shown.
std::atomic<std::int64_t> frozen{0};

std::int64_t realTime()
{
	timespec time{};
	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * std::int64_t{1'000'000} + time.tv_nsec / 1000;
}

}

/// Found before the C library's by every library of the process.
extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* time, void*) noexcept
{
	const auto at = frozen.load();
	const auto shown = at == 0 ? realTime() : at;
	time->tv_sec = shown / 1'000'000;
	time->tv_usec = shown % 1'000'000;
	return 0;
}

namespace gimlet::udp_punch::dtls::test
{

WallClock::WallClock()
{
	frozen = realTime();
}

WallClock::~WallClock()
{
	frozen = 0;
}

void WallClock::advance(Duration duration)
{
	frozen += std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}
