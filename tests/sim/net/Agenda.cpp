#include "tests/sim/net/Agenda.h"

#include <algorithm>

namespace gimlet::sim
{

Agenda::Entry Agenda::at(TimePoint time, Task task)
{
	const Entry entry{std::max(time, _now), ++_lastNumber};
	_events.emplace_hint(_events.end(), entry, std::move(task));
	return entry;
}

bool Agenda::step(TimePoint end)
{
	if (_events.empty() || _events.begin()->first.time > end)
	{
		_now = std::max(_now, end);
		return false;
	}
	const auto event = _events.extract(_events.begin());
	_now = event.key().time;
	++_happened;
	event.mapped()();
	return true;
}

void Agenda::run(Duration duration)
{
	const auto end = _now + duration;
	while (step(end))
	{
	}
}

bool Agenda::runUntil(const std::function<bool()>& done, Duration limit)
{
	const auto end = _now + limit;
	bool found = done();
	while (!found && step(end))
		found = done();
	return found;
}

}
