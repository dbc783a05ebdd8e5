#pragma once

#include <algorithm>
#include <chrono>

namespace gimlet::rendezvous_client
{

/// Pauses between attempts: each up to twice as long as the one before, each by chance between its half and
/// its whole, so that the nodes of a rendezvous that was restarted do not come back all at once.
class Backoff
{
public:
	static constexpr std::chrono::milliseconds SHORTEST{500};
	static constexpr std::chrono::milliseconds LONGEST{30'000};

	/// The next pause, SHORTEST to LONGEST. @param chance 0 to 1.
	std::chrono::milliseconds next(double chance)
	{
		_ceiling = std::min(_ceiling * 2, LONGEST);
		const auto half = static_cast<double>(_ceiling.count()) / 2;
		return std::chrono::milliseconds{
			static_cast<std::int64_t>(half + half * std::clamp(chance, 0.0, 1.0))};
	}

	void reset()
	{
		_ceiling = SHORTEST;
	}

private:
	std::chrono::milliseconds _ceiling = SHORTEST;
};

}
