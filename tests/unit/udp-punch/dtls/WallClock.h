#pragma once

#include "node/api/Time.h"

namespace gimlet::udp_punch::dtls::test
{

/// While one exists, gettimeofday() of the whole process (which OpenSSL's retransmission timer reads) stands
/// still but for advance(). One at a time.
class WallClock
{
public:
	WallClock();
	WallClock(const WallClock&) = delete;
	WallClock& operator=(const WallClock&) = delete;
	~WallClock();

	void advance(Duration duration);
};

}
