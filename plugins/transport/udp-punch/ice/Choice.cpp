#include "plugins/transport/udp-punch/ice/Choice.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

namespace
{

/// Sides that are seen under another address than their own.
int translations(const Merits& merits)
{
	return (merits.localType == CandidateType::Host ? 0 : 1) +
		   (merits.remoteType == CandidateType::Host ? 0 : 1);
}

bool clearlyFaster(const Merits& one, const Merits& other)
{
	if (one.roundTrip == Duration{} || other.roundTrip == Duration{})
		return false;
	return one.roundTrip + std::max<Duration>(Timing::CLEAR_GAIN, other.roundTrip / 4) < other.roundTrip;
}

}

bool clearlyBetter(const Merits& one, const Merits& current)
{
	if (one.relayed() != current.relayed())
		return !one.relayed();
	if (one.retiring != current.retiring)
		return !one.retiring;
	if (clearlyFaster(one, current))
		return true;
	return translations(one) < translations(current) && !clearlyFaster(current, one);
}

bool preferred(const Merits& one, const Merits& other)
{
	if (one.relayed() != other.relayed())
		return !one.relayed();
	if (one.retiring != other.retiring)
		return !one.retiring;
	return one.priority > other.priority;
}

}
