#include "plugins/transport/udp-punch/MappingLifetime.h"

#include <algorithm>

namespace gimlet::udp_punch
{

namespace
{

/// Who else notices an end does so within this time; no NAT has so short a life.
constexpr auto SAME_END = std::chrono::seconds{15};

/// What NATs end earlier they end for being idle, or somebody is making it up.
constexpr auto SHORTEST = std::chrono::seconds{30};

/// What lives longer is left when it ends: moving is not for free either.
constexpr auto LONGEST = std::chrono::minutes{10};

/// Two ages are the same if they differ by no more than this: an end is noticed within a few seconds.
constexpr auto TOLERANCE = std::chrono::seconds{6};

}

void MappingLifetime::ended(TimePoint now)
{
	const auto age = now - _began;
	if (age < SAME_END)
		return;
	_began = now;
	const auto before = _lastAge;
	_lastAge = age;
	if (age > LONGEST || age < SHORTEST || !before)
		return;
	const auto difference = age > *before ? age - *before : *before - age;
	if (difference <= TOLERANCE)
		_lifetime = std::min(age, *before);
}

/// Three quarters of it: what was noticed a few seconds late lives a few seconds less, and the fresh mapping
/// needs some to be found and tried.
TimePoint MappingLifetime::leaveAt() const
{
	return _lifetime ? _began + *_lifetime * 3 / 4 : NEVER;
}

}
