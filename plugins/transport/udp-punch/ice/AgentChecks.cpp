#include <algorithm>
#include <array>

#include "node/protocol/stun/Wire.h"
#include "plugins/transport/udp-punch/ice/AddressRules.h"
#include "plugins/transport/udp-punch/ice/AgentImpl.h"
#include "plugins/transport/udp-punch/ice/Priority.h"

namespace gimlet::udp_punch::ice
{

namespace
{

/// What fits in a datagram of IPv4 (65535 less 28), in whole STUN words.
constexpr std::size_t LARGEST_PROBE = 65504;

}

void Agent::Impl::settle(TimePoint now)
{
	_now = std::max(_now, now);
	if (auto* pair = standby(); pair && pair->answered + Timing::STANDBY <= now)
		_checks.trigger(*pair, {});
	if (_directAt <= now)
		tryDirectAgain(now);
	while (remoteKnown() && _pacer.ready(now) && !_checks.idle())
		if (auto* pair = _checks.next())
			check(*pair, now);
	if (failureDue() <= now)
	{
		_failed = true;
		_events.push_back(Event::Failed);
	}
}

void Agent::Impl::formPairs()
{
	if (!remoteKnown())
		return;
	for (const auto& base : _locals.bases())
		for (const auto& remote : _remotes.all())
			_checks.form(base, remote, controlling());
}

void Agent::Impl::onTimer(TimePoint now)
{
	if (_previousUntil <= now)
	{
		_previous.reset();
		_previousUntil = NEVER;
	}
	while (auto* transaction = _transactions.due(now))
	{
		if (transaction->repeating)
		{
			transmit(*transaction, now);
			continue;
		}
		const auto copy = *transaction;
		_transactions.remove(copy.id);
		ended(copy);
	}
	for (auto action = _liveness.onTimer(now); action != Liveness::Action::None;
		 action = _liveness.onTimer(now))
	{
		if (action == Liveness::Action::Ask)
			ask(now);
		else if (action == Liveness::Action::Expire)
			lose();
		else
		{
			_events.push_back(Event::Doubtful);
			recheckAll(now);
		}
	}
	settle(now);
}

TimePoint Agent::Impl::nextDeadline() const
{
	const auto* other = standby();
	const auto again = other ? other->answered + Timing::STANDBY : NEVER;
	const auto pace = remoteKnown() && !_checks.idle() ? _pacer.nextReady() : NEVER;
	return std::min({pace, again, _directAt, _transactions.nextDeadline(), _liveness.nextDeadline(),
		_previousUntil, failureDue()});
}

/// RFC 8445, section 14.3. With one check list all pairs are its own.
Duration Agent::Impl::rto(const Pair* pair) const
{
	const auto active = std::ranges::count_if(_checks.pairs(), [](const Pair& other)
		{ return other.state == PairState::Waiting || other.state == PairState::InProgress; });
	const auto most = std::max<Duration>(Timing::LEAST_RTO, active * Timing::TA);
	if (!pair || !pair->valid || pair->roundTrip == Duration{})
		return most;
	return std::clamp<Duration>(3 * pair->roundTrip, Timing::LEAST_KNOWN_RTO, most);
}

Transaction& Agent::Impl::begin(Purpose purpose, PairId pair, const Path& path, TimePoint now)
{
	Transaction transaction;
	stun::write32(transaction.id.data(), _configuration.tag);
	_configuration.random(std::span{transaction.id}.subspan(4));
	transaction.purpose = purpose;
	transaction.pair = pair;
	transaction.generation = pair == 0 ? _selectedGeneration : _current.number;
	transaction.path = path;
	transaction.controlling = controlling();
	transaction.tieBreaker = _tieBreaker;
	transaction.sentFirst = now;
	transaction.repeating = purpose != Purpose::Ask;
	const auto* known = _checks.find(pair);
	transaction.rto = purpose == Purpose::Probe ? Duration{Timing::PROBE_TIMER}
												: rto(purpose == Purpose::Nominate ? known : nullptr);
	const std::uint16_t preference = known ? known->localPreference : std::uint16_t{0xffff};
	transaction.priority = candidatePriority(CandidateType::PeerReflexive, preference);
	return _transactions.add(transaction);
}

void Agent::Impl::transmit(Transaction& transaction, TimePoint now)
{
	++transaction.sent;
	const bool probing = transaction.purpose == Purpose::Probe;
	transaction.repeating =
		transaction.purpose != Purpose::Ask && transaction.sent < (probing ? Timing::MAX_PROBES : Timing::RC);
	if (transaction.purpose == Purpose::Ask)
		transaction.due = now + Timing::ANSWER_TIMEOUT;
	else if (probing)
		transaction.due = now + std::max(transaction.rto, 2 * _selected->roundTrip);
	else if (transaction.repeating)
		transaction.due = now + transaction.rto * (1U << (transaction.sent - 1));
	else
		transaction.due = now + Timing::RM * transaction.rto;
	const auto* credentials = generation(transaction.generation);
	if (!credentials || !_allowance.take(transaction.path.remote))
		return;
	auto* item = _sending.push(transaction.path);
	if (!item)
		return;
	const auto careful = _careful.find(transaction.path.port);
	if (careful != _careful.end() && transaction.purpose == Purpose::Check && transaction.sent == 1)
		item->hops = careful->second;
	++_counters.checksSent;
	writeRequest(item->datagram, {.id = transaction.id,
									 .username = credentials->username,
									 .pwd = credentials->remote.pwd,
									 .priority = transaction.priority,
									 .controlling = transaction.controlling,
									 .tieBreaker = transaction.tieBreaker,
									 .useCandidate = transaction.purpose == Purpose::Nominate,
									 .nomination = transaction.nomination,
									 .size = transaction.size});
}

void Agent::Impl::check(Pair& pair, TimePoint now)
{
	const Path path{pair.port, pair.pinned ? pair.local : pair.triggeredLocal, pair.remote};
	pair.triggeredLocal = {};
	pair.state = PairState::InProgress;
	pair.tried = true;
	_pacer.take(now);
	transmit(begin(Purpose::Check, pair.id, path, now), now);
}

void Agent::Impl::ask(TimePoint now)
{
	transmit(begin(Purpose::Ask, _selectedPair, _selected->path, now), now);
	_liveness.asked(now, _selected->roundTrip, random32() / 4294967296.0);
}

bool Agent::Impl::probe(std::size_t size, TimePoint now)
{
	if (!_selected || _probing || size > LARGEST_PROBE)
		return false;
	auto& transaction = begin(Purpose::Probe, _selectedPair, _selected->path, now);
	transaction.size = size;
	transmit(transaction, now);
	_probing = true;
	_probed.reset();
	return true;
}

void Agent::Impl::ended(const Transaction& transaction)
{
	if (transaction.purpose == Purpose::Probe)
	{
		_probing = false;
		_probed = false;
	}
	auto* pair = _checks.find(transaction.pair);
	const bool check = transaction.purpose == Purpose::Check || transaction.purpose == Purpose::Nominate;
	if (!pair || !check || pair->state != PairState::InProgress || _transactions.checking(pair->id))
		return;
	pair->state = PairState::Failed;
	pair->valid = false;
}

void Agent::Impl::recheckAll(TimePoint now)
{
	std::vector<Pair*> known;
	for (auto& pair : _checks.pairs())
	{
		_transactions.cancel(pair.id, now);
		pair.state = PairState::Waiting;
		if (pair.valid)
			known.push_back(&pair);
	}
	// Those that have answered before are the likeliest to do so again.
	std::ranges::sort(
		known, [](const Pair* one, const Pair* other) { return one->priority > other->priority; });
	for (auto* pair : known)
		_checks.trigger(*pair, {});
}

void Agent::Impl::tryDirectAgain(TimePoint now)
{
	_directAt = NEVER;
	if (!_selected || !relayed(*_selected))
		return;
	_directPause = std::min<Duration>(2 * _directPause, Timing::LAST_DIRECT_PAUSE);
	_directAt = now + _directPause;
	_allowance.renew();
	for (auto& pair : _checks.pairs())
	{
		if (pair.relayed() || pair.valid || pair.id == _selectedPair)
			continue;
		_transactions.cancel(pair.id, now);
		pair.state = PairState::Waiting;
	}
}

bool Agent::Impl::tryingDirect() const
{
	return _selected && relayed(*_selected) && _directPause == Timing::FIRST_DIRECT_PAUSE;
}

bool Agent::Impl::shoot(Port& port, const Endpoint& remote, unsigned hops, TimePoint now)
{
	_now = std::max(_now, now);
	if (!remoteKnown())
		return false;
	if (!mayTarget(remote, _configuration.allowLoopback))
	{
		++_counters.refusedCandidates;
		return false;
	}
	auto* item = _sending.push({&port, {}, remote});
	if (!item)
		return false;
	item->hops = hops;
	stun::TransactionId id{};
	stun::write32(id.data(), _configuration.tag);
	_configuration.random(std::span{id}.subspan(4));
	++_counters.checksSent;
	writeRequest(item->datagram, {.id = id,
									 .username = _current.username,
									 .pwd = _current.remote.pwd,
									 .priority = candidatePriority(CandidateType::PeerReflexive, 0),
									 .controlling = controlling(),
									 .tieBreaker = _tieBreaker});
	return true;
}

TimePoint Agent::Impl::failureDue() const
{
	const bool over = std::ranges::all_of(
		_checks.pairs(), [](const Pair& pair) { return pair.state == PairState::Failed; });
	return remoteKnown() && _remoteDone && !_selected && !_failed && over ? _begun + Timing::PATIENCE : NEVER;
}

const Pair* Agent::Impl::standby() const
{
	if (!settled() || _liveness.doubtful())
		return nullptr;
	const Pair* best = nullptr;
	const auto worth = [&](const Pair& pair)
	{
		const bool apart =
			pair.port != _selected->path.port || pair.remote.family() != _selected->path.remote.family();
		return std::pair{apart, pair.priority};
	};
	for (const auto& pair : _checks.pairs())
	{
		if (pair.id == _selectedPair)
			continue;
		// Pairs that never answer may be tried for as long as the link lives; they keep none from its rest.
		if (pair.valid && (pair.state == PairState::InProgress || pair.state == PairState::Waiting))
			return nullptr;
		if (pair.valid && (!best || worth(pair) > worth(*best)))
			best = &pair;
	}
	return best;
}

std::uint32_t Agent::Impl::random32()
{
	std::array<std::uint8_t, 4> bytes{};
	_configuration.random(bytes);
	return stun::read32(bytes.data());
}

}
