#include <utility>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

/// A pair has just answered a check.
void Agent::Impl::consider(Pair& pair, TimePoint now)
{
	if (pair.id == _selectedPair)
	{
		const bool moved = _selected->path.local != pair.local;
		_selected->roundTrip = pair.roundTrip;
		if (moved)
			select(pair, now);
		else if (_liveness.answered(now))
			_events.push_back(Event::Recovered);
		return;
	}
	if (controlling())
	{
		const auto* selected = _checks.find(_selectedPair);
		if (!settled() || _liveness.doubtful() || !selected ||
			clearlyBetter(meritsOf(pair), meritsOf(*selected)))
			nominate(pair, now);
	}
	// While the selected pair is in doubt, whoever finds another uses it: the peer's nomination may be what
	// does not come through.
	else if (pair.id == _wanted || _liveness.doubtful())
		select(pair, now);
}

/// RFC 8445, section 8.1.1. The pair has answered, so it may be used at once (section 12.1); the request that
/// tells the peer is sent until it is answered.
void Agent::Impl::nominate(Pair& pair, TimePoint now)
{
	_transactions.removeIf([](const Transaction& other) { return other.purpose == Purpose::Nominate; });
	auto& transaction = begin(Purpose::Nominate, pair.id, {pair.port, pair.local, pair.remote}, now);
	transaction.nomination = ++_nomination;
	transmit(transaction, now);
	select(pair, now);
}

void Agent::Impl::select(const Pair& pair, TimePoint now)
{
	const auto chosen = selectionOf(pair);
	_wanted = 0;
	const bool same = _selected == chosen && _selectedGeneration == _current.number;
	_selectedPair = pair.id;
	if (same)
		return;
	if (_selectedGeneration != _current.number && _previous)
		_previousUntil = now + Timing::OLD_CREDENTIALS;
	_selected = chosen;
	_selectedGeneration = _current.number;
	_failed = false;
	// What was asked on the former pair is no answer about this one.
	_transactions.removeIf([&](const Transaction& transaction)
		{ return transaction.purpose == Purpose::Ask || transaction.purpose == Purpose::Probe; });
	if (std::exchange(_probing, false))
		_probed = false;
	_liveness.begin(pair.answered, now, pair.roundTrip == Duration{});
	if (!relayed(chosen))
		_directAt = NEVER;
	else if (_directAt == NEVER)
	{
		_directPause = Timing::FIRST_DIRECT_PAUSE;
		_directAt = now + _directPause;
	}
	_events.push_back(Event::Selected);
}

void Agent::Impl::lose()
{
	_selected.reset();
	_selectedPair = 0;
	_liveness.end();
	_transactions.removeIf([](const Transaction& transaction)
		{ return transaction.purpose == Purpose::Ask || transaction.purpose == Purpose::Probe; });
	if (std::exchange(_probing, false))
		_probed = false;
	_failed = true;
	_events.push_back(Event::Failed);
}

void Agent::Impl::switchRole(TimePoint now)
{
	_role = controlling() ? Role::Controlled : Role::Controlling;
	_wanted = 0;
	_followed = 0;
	_checks.prioritise(controlling());
	_transactions.removeIf([](const Transaction& other) { return other.purpose == Purpose::Nominate; });
	if (!controlling() || settled())
		return;
	if (auto* pair = bestValid(now))
		nominate(*pair, now);
}

Pair* Agent::Impl::bestValid(TimePoint now)
{
	Pair* best = nullptr;
	for (auto& pair : _checks.pairs())
		if (pair.fresh(now) && (!best || preferred(meritsOf(pair), meritsOf(*best))))
			best = &pair;
	return best;
}

void Agent::Impl::hear(const Path& path, TimePoint now)
{
	if (_selected && onSelected(path))
		_liveness.heard(now);
}

bool Agent::Impl::onSelected(const Path& path) const
{
	return path.port == _selected->path.port && path.remote == _selected->path.remote &&
		   compatible(concrete(path.local), _selected->path.local);
}

SelectedPair Agent::Impl::selectionOf(const Pair& pair)
{
	return {.path = pair.path(),
		.localType = pair.localType,
		.remoteType = pair.remoteType,
		.roundTrip = pair.roundTrip};
}

void Agent::Impl::reconsider(TimePoint now)
{
	const auto* selected = settled() ? _checks.find(_selectedPair) : nullptr;
	if (!controlling() || !selected)
		return;
	auto* other = bestValid(now);
	if (other && clearlyBetter(meritsOf(*other), meritsOf(*selected)))
		nominate(*other, now);
}

Merits Agent::Impl::meritsOf(const Pair& pair) const
{
	return {.localType = pair.localType,
		.remoteType = pair.remoteType,
		.priority = pair.priority,
		.roundTrip = pair.leastRoundTrip,
		.byRelay = pair.relayed(),
		.retiring = pair.retiring || _retired.contains(pair.port)};
}

}
