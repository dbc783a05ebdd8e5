#pragma once

#include "node/api/Time.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

/// When the next new check may go out: a burst at first, then one each Ta.
class Pacer
{
public:
	bool ready(TimePoint now) const
	{
		return now >= nextReady();
	}

	/// The time from which ready() is true.
	TimePoint nextReady() const
	{
		return _full - (Timing::BURST - 1) * Timing::TA;
	}

	/// A check goes out.
	void take(TimePoint now)
	{
		_full = (_full < now ? now : _full) + Timing::TA;
	}

private:
	/// When the whole burst may be sent again.
	TimePoint _full{};
};

}
