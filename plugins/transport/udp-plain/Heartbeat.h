#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "node/api/Time.h"

namespace gimlet::udp_plain
{

/// When to send keepalives to one peer, and what their answers say.
///
/// To a peer that answers: one each interval, which keeps the NATs' mappings. The two sides take turns, half
/// an interval apart, so each can expect to hear something in that time, and asks if it does not: a mapping
/// that was forgotten is thus noticed after little more than half an interval, for no more datagrams. One
/// that stays unanswered is followed by others in a hurry (Timing.h), and after PROBES_UNTIL_SILENT the path
/// is to be doubted.
///
/// To a peer of the first version, which answers nothing: one each interval, no expectation and no doubt.
class Heartbeat
{
public:
	/// @param yields Whether this side arranges its turns after the peer's; exactly one of the two does.
	Heartbeat(Duration interval, bool yields) : _interval(interval), _yields(yields) {}

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

	/// A peer that answers keepalives was heard.
	void heard(TimePoint now);

	/// One of the peer's keepalives came.
	void peerSent(TimePoint now);

	/// Something else proved that the peer hears us: no keepalive is needed for an interval.
	void proven(TimePoint now);

	/// Keepalives since the last answer or proof.
	unsigned unanswered() const
	{
		return _unanswered;
	}

	/// Whether so many are unanswered, and the last had its time, that the path must be doubted.
	bool doubtful(TimePoint now) const;

	TimePoint nextDeadline() const
	{
		return _unanswered == 0 ? std::min(_due, _expected) : _due;
	}

private:
	struct Sent
	{
		std::uint64_t number = 0;
		TimePoint time;
	};

	Duration wait() const;

	Duration _interval;
	bool _yields;
	TimePoint _due = NEVER;
	/// By when the peer should be heard.
	TimePoint _expected = NEVER;
	/// Our next turn, if we yield.
	TimePoint _turn = TimePoint::min();
	std::uint64_t _number = 0;
	unsigned _unanswered = 0;
	std::array<Sent, 16> _sent{};
};

}
