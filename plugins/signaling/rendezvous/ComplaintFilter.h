#pragma once

#include <chrono>
#include <string>

#include "node/api/Time.h"

namespace gimlet::rendezvous_client
{

/// Decides which failures of a long row are told: the first, another one when it is of another kind, but
/// no more than one a minute, and a reminder every ten minutes.
class ComplaintFilter
{
public:
	static constexpr std::chrono::minutes LEAST{1};
	static constexpr std::chrono::minutes REMINDER{10};

	bool isDue(const std::string& reason, TimePoint now)
	{
		const auto pause = reason == _last ? REMINDER : LEAST;
		if (!_last.empty() && now - _told < pause)
			return false;
		_last = reason;
		_told = now;
		return true;
	}

	/// The row has ended.
	void reset()
	{
		_last.clear();
	}

private:
	std::string _last;
	TimePoint _told{};
};

}
