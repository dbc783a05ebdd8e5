#include "plugins/transport/udp-plain/Heartbeat.h"

#include <algorithm>

#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

void Heartbeat::stop()
{
	_due = NEVER;
	_expected = NEVER;
	_unanswered = 0;
}

std::uint64_t Heartbeat::send(TimePoint now, bool expectsAnswer)
{
	++_number;
	_sent[_number % _sent.size()] = {.number = _number, .time = now};
	if (expectsAnswer)
		++_unanswered;
	_due = now + wait();
	return _number;
}

std::optional<Duration> Heartbeat::answered(std::uint64_t number, TimePoint now)
{
	const auto& sent = _sent[number % _sent.size()];
	if (number == 0 || sent.number != number)
		return std::nullopt;
	proven(now);
	return now - sent.time;
}

void Heartbeat::proven(TimePoint now)
{
	_unanswered = 0;
	_due = _turn > now ? _turn : now + _interval;
}

void Heartbeat::heard(TimePoint now)
{
	const auto half = _interval / 2;
	_expected = now + half + std::min<Duration>(half, TURN_TOLERANCE);
}

void Heartbeat::peerSent(TimePoint now)
{
	if (!_yields)
		return;
	_turn = now + _interval / 2;
	if (_unanswered == 0)
		_due = _turn;
}

bool Heartbeat::doubtful(TimePoint now) const
{
	return _unanswered >= PROBES_UNTIL_SILENT && now >= _due;
}

Duration Heartbeat::wait() const
{
	if (_unanswered == 0)
		return _interval;
	Duration next = _interval;
	if (_unanswered <= PROBES_UNTIL_SILENT)
		next = PROBE_INTERVAL;
	else if (_unanswered <= PROBES_EACH_SECOND)
		next = 1s;
	else if (_unanswered <= PROBES_EACH_SECOND + PROBES_EACH_FIVE_SECONDS)
		next = 5s;
	return std::min(next, _interval);
}

}
