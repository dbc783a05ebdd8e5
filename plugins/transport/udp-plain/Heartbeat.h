#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "node/api/Time.h"

namespace gimlet::udp_plain
{

/// When to send keepalives to one peer, and what their answers say.
///
/// To a peer that answers: one each interval, which keeps the NATs' mappings; one that stays unanswered is
/// followed by others in a hurry (Timing.h), and after PROBES_UNTIL_SILENT the path is to be doubted. To a
/// peer of the first version, which answers nothing: one each interval and no doubt.
class Heartbeat
{
public:
	explicit Heartbeat(Duration interval) : _interval(interval) {}

	/// The next one is due now.
	void beat(TimePoint now)
	{
		_due = now;
	}

	/// Nothing more is due until beat().
	void stop();

	/// One goes out. @param expectsAnswer Whether the peer answers keepalives.
	/// @return Its number.
	std::uint64_t send(TimePoint now, bool expectsAnswer);

	/// The peer has answered a keepalive.
	/// @return The round-trip time, or empty if no such keepalive is known.
	std::optional<Duration> answered(std::uint64_t number, TimePoint now);

	/// Something else proved that the peer hears us: no keepalive is needed for an interval.
	void proven(TimePoint now);

	/// Keepalives since the last answer or proof.
	unsigned unanswered() const
	{
		return _unanswered;
	}

	/// When the first of those went out; meaningless if there are none.
	TimePoint unansweredSince() const
	{
		return _unansweredSince;
	}

	/// Whether so many are unanswered, and the last had its time, that the path must be doubted.
	bool doubtful(TimePoint now) const;

	TimePoint nextDeadline() const
	{
		return _due;
	}

private:
	struct Sent
	{
		std::uint64_t number = 0;
		TimePoint time;
	};

	Duration wait() const;

	Duration _interval;
	TimePoint _due = NEVER;
	std::uint64_t _number = 0;
	unsigned _unanswered = 0;
	TimePoint _unansweredSince;
	std::array<Sent, 16> _sent{};
};

}
