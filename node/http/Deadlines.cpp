#include "node/http/Deadlines.h"

namespace gimlet::http
{

Deadlines::Owner::~Owner()
{
	if (_deadlines)
		_deadlines->set(*this, NEVER);
}

void Deadlines::set(Owner& owner, TimePoint at)
{
	if (owner._at == at)
		return;
	if (owner._at != NEVER)
		_entries.erase({owner._at, &owner});
	owner._deadlines = this;
	owner._at = at;
	if (at == NEVER)
		return;
	_entries.emplace(at, &owner);
	arm();
}

void Deadlines::arm()
{
	// A timer that fires for a deadline moved meanwhile costs one look; moving the timer each time costs
	// more.
	if (_entries.empty() || _entries.begin()->first >= _armed)
		return;
	_armed = _entries.begin()->first;
	_timer = _loop.at(_armed, [this] { fire(); });
}

void Deadlines::fire()
{
	_armed = NEVER;
	const auto now = _loop.now();
	while (!_entries.empty() && _entries.begin()->first <= now)
	{
		auto& owner = *_entries.begin()->second;
		_entries.erase(_entries.begin());
		owner._at = NEVER;
		owner.onDeadline(now);
	}
	arm();
}

}
