#pragma once

#include <algorithm>
#include <string>

#include "node/api/Time.h"
#include "node/core/RecentIds.h"

namespace gimlet::core
{

/// Decides what is said of things that a rendezvous or a peer can bring about as often as it likes: each
/// once, and only so many in a while, so that nobody fills the log or buries what matters. A machine.
class AlarmFilter
{
public:
	struct Limits
	{
		std::size_t burst = 10;
		/// How often one more may be said.
		Duration refill = std::chrono::minutes{1};
		/// How many are remembered as said.
		std::size_t remembered = 256;
	};

	enum class Verdict
	{
		Say,
		SayLast, ///< say it, and that others may go unsaid for a while
		Silent,
	};

	explicit AlarmFilter(const Limits& limits) :
		_limits(limits), _said(limits.remembered), _left(limits.burst)
	{
	}

	/// @param what Two with the same text are the same thing. @param now Not earlier than in the last call.
	Verdict admit(const std::string& what, TimePoint now)
	{
		refill(now);
		if (_left == 0 || !_said.insert(what))
			return Verdict::Silent;
		return --_left == 0 ? Verdict::SayLast : Verdict::Say;
	}

private:
	void refill(TimePoint now)
	{
		if (_left == _limits.burst)
			_since = now;
		const auto more = static_cast<std::size_t>((now - _since) / _limits.refill);
		_left = std::min(_limits.burst, _left + more);
		_since += _limits.refill * static_cast<Duration::rep>(more);
	}

	Limits _limits;
	RecentIds _said;
	std::size_t _left;
	/// The time up to which _left has been refilled.
	TimePoint _since{};
};

}
