// OpenSSL 3 calls RAND_METHOD deprecated; the provider that would replace it takes ten times the code.
#define OPENSSL_API_COMPAT 0x10100000L

#include "tests/sim/net/VirtualTime.h"

#include <openssl/rand.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace gimlet::sim
{

namespace
{

/// What the interposed functions see: nothing, on a thread without a world.
thread_local const TimePoint* virtualNow = nullptr;
thread_local Random* virtualRandom = nullptr;

bool fillReally(std::uint8_t* out, std::size_t count)
{
	while (count > 0)
	{
		const auto got = getrandom(out, count, 0);
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0)
		{
			out += got;
			count -= static_cast<std::size_t>(got);
		}
	}
	return true;
}

int fillRandom(std::uint8_t* out, int count)
{
	const auto size = static_cast<std::size_t>(count);
	if (virtualRandom == nullptr)
		return fillReally(out, size) ? 1 : 0;
	virtualRandom->fill({out, size});
	return 1;
}

int always()
{
	return 1;
}

/// On other threads it is the system's.
constexpr RAND_METHOD METHOD{nullptr, fillRandom, nullptr, nullptr, fillRandom, always};

}

VirtualTime::VirtualTime(const TimePoint& now, Random random) : _random(random)
{
	if (virtualNow != nullptr)
		throw std::logic_error("a thread has one virtual time");
	if (RAND_set_rand_method(&METHOD) != 1)
		throw std::logic_error("OpenSSL takes no random source");
	virtualNow = &now;
	virtualRandom = &_random;
}

VirtualTime::~VirtualTime()
{
	virtualNow = nullptr;
	virtualRandom = nullptr;
}

}

using gimlet::sim::virtualNow;
using gimlet::sim::virtualRandom;
using gimlet::sim::VirtualTime;

// Defined in the executable and exported, these are found before those of libc, libasan and libusrsctp. They
// may be called before the sanitizers have begun.
#define INTERPOSED extern "C" __attribute__((visibility("default"), no_sanitize("address", "undefined")))

// The declarations of libc promise nothing about exceptions that ours would break.
INTERPOSED int clock_gettime(clockid_t clock, timespec* out) noexcept
{
	const bool cpu = clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
	if (virtualNow == nullptr || cpu)
		return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
	const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
	const auto total = virtualNow->time_since_epoch() +
					   (wall ? gimlet::Duration{VirtualTime::WALL_AT_ZERO} : gimlet::Duration{});
	const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(total);
	out->tv_sec = seconds.count();
	out->tv_nsec = static_cast<long>(std::chrono::nanoseconds{total - seconds}.count());
	return 0;
}

INTERPOSED int gettimeofday(timeval* out, void* zone) noexcept
{
	if (virtualNow == nullptr)
		return static_cast<int>(syscall(SYS_gettimeofday, out, zone));
	timespec now{};
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

INTERPOSED time_t time(time_t* out) noexcept
{
	timespec now{};
	clock_gettime(CLOCK_REALTIME, &now);
	if (out != nullptr)
		*out = now.tv_sec;
	return now.tv_sec;
}

/// usrsctp's own (user_environment.h).
INTERPOSED int read_random(void* out, int count)
{
	return gimlet::sim::fillRandom(static_cast<std::uint8_t*>(out), count) == 1 ? count : 0;
}
