#include "plugins/transport/udp-punch/ice/CheckList.h"

#include <algorithm>

#include "plugins/transport/udp-punch/ice/Priority.h"
#include "plugins/transport/udp-punch/ice/Timing.h"

namespace gimlet::udp_punch::ice
{

namespace
{

void setPriority(Pair& pair, bool controlling)
{
	pair.priority = controlling ? pairPriority(pair.localPriority, pair.remotePriority)
								: pairPriority(pair.remotePriority, pair.localPriority);
}

Pair makePair(const Base& base, const RemoteCandidate& remote, bool controlling)
{
	Pair pair;
	pair.port = base.port;
	pair.remote = remote.endpoint;
	pair.foundation = base.foundation + ':' + remote.foundation;
	pair.localPriority = base.priority;
	pair.localPreference = base.localPreference;
	pair.remotePriority = remote.priority;
	pair.remoteType = remote.type;
	setPriority(pair, controlling);
	return pair;
}

/// How much a pair is worth keeping, beside its priority.
int merit(const Pair& pair)
{
	if (pair.state == PairState::Failed)
		return 0;
	if (pair.triggered)
		return 3;
	return pair.state == PairState::InProgress ? 2 : 1;
}

}

bool Pair::matches(const Endpoint& to) const
{
	return compatible(local.valid() ? local : heardAt, to);
}

bool Pair::fresh(TimePoint now) const
{
	return valid && now - answered <= Timing::FRESH;
}

void Pair::measured(Duration sample)
{
	// RFC 6298, section 2.3: alpha is 1/8.
	leastRoundTrip = leastRoundTrip == Duration{} ? sample : std::min(leastRoundTrip, sample);
	roundTrip = roundTrip == Duration{} ? sample : (7 * roundTrip + sample) / 8;
}

bool compatible(const Endpoint& one, const Endpoint& other)
{
	return !one.valid() || !other.valid() || one.sameAddress(other);
}

void CheckList::form(const Base& base, const RemoteCandidate& remote, bool controlling)
{
	if (base.family != remote.endpoint.family() || !base.port->reaches(remote.endpoint))
		return;
	const auto same = [&](const Pair& pair)
	{ return pair.port == base.port && pair.remote == remote.endpoint && !pair.pinned; };
	if (std::ranges::any_of(_pairs, same))
		return;
	auto pair = makePair(base, remote, controlling);
	const auto active = [&](const Pair& other)
	{
		return other.foundation == pair.foundation &&
			   (other.state == PairState::Waiting || other.state == PairState::InProgress);
	};
	pair.state = std::ranges::any_of(_pairs, active) ? PairState::Frozen : PairState::Waiting;
	insert(std::move(pair), false);
}

Pair* CheckList::demand(
	const Base& base, const Endpoint& pinned, const RemoteCandidate& remote, bool controlling)
{
	auto pair = makePair(base, remote, controlling);
	pair.state = PairState::Waiting;
	pair.local = pinned;
	pair.pinned = pinned.valid();
	return insert(std::move(pair), true);
}

Pair* CheckList::find(PairId id)
{
	const auto found = std::ranges::find(_pairs, id, &Pair::id);
	return found == _pairs.end() ? nullptr : &*found;
}

Pair* CheckList::find(const Port* port, const Endpoint& local, const Endpoint& remote)
{
	Pair* found = nullptr;
	for (auto& pair : _pairs)
		if (pair.port == port && pair.remote == remote && pair.matches(local))
			if (!found || pair.pinned)
				found = &pair;
	return found;
}

void CheckList::trigger(Pair& pair, const Endpoint& local)
{
	pair.triggeredLocal = local;
	pair.state = PairState::Waiting;
	if (pair.triggered)
		return;
	pair.triggered = true;
	_triggered.push_back(pair.id);
}

Pair* CheckList::next()
{
	while (!_triggered.empty())
	{
		auto* pair = find(_triggered.front());
		_triggered.erase(_triggered.begin());
		if (!pair)
			continue;
		pair->triggered = false;
		if (pair->state == PairState::Waiting)
			return pair;
	}
	const bool relayTried = std::ranges::any_of(
		_pairs, [](const Pair& pair) { return pair.relayed() && (pair.tried || pair.valid); });
	if (auto* pair = relayTried ? nullptr : bestIn(PairState::Waiting, true))
		return pair;
	if (auto* pair = bestIn(PairState::Waiting))
		return pair;
	return bestIn(PairState::Frozen);
}

bool CheckList::idle() const
{
	return _triggered.empty() &&
		   std::ranges::none_of(_pairs, [](const Pair& pair)
			   { return pair.state == PairState::Waiting || pair.state == PairState::Frozen; });
}

void CheckList::thaw(const std::string& foundation)
{
	for (auto& pair : _pairs)
		if (pair.state == PairState::Frozen && pair.foundation == foundation)
			pair.state = PairState::Waiting;
}

void CheckList::removePort(const Port& port)
{
	std::erase_if(_pairs, [&](const Pair& pair) { return pair.port == &port; });
}

void CheckList::removeRemote(const Endpoint& remote)
{
	std::erase_if(
		_pairs, [&](const Pair& pair) { return pair.remote == remote && !pair.valid && !_precious(pair); });
}

void CheckList::remove(PairId id)
{
	std::erase_if(_pairs, [&](const Pair& pair) { return pair.id == id; });
}

void CheckList::updateRemote(const RemoteCandidate& remote, bool controlling)
{
	for (auto& pair : _pairs)
	{
		if (pair.remote != remote.endpoint)
			continue;
		pair.remotePriority = remote.priority;
		pair.remoteType = remote.type;
		setPriority(pair, controlling);
	}
}

void CheckList::prioritise(bool controlling)
{
	for (auto& pair : _pairs)
		setPriority(pair, controlling);
}

void CheckList::clear()
{
	_pairs.clear();
	_triggered.clear();
}

Pair* CheckList::insert(Pair pair, bool demanded)
{
	const auto alike =
		std::ranges::count_if(_pairs, [&](const Pair& other) { return other.relayed() == pair.relayed(); });
	const auto limit = pair.relayed() ? Timing::MAX_RELAYED_PAIRS : _limit;
	if (static_cast<std::size_t>(alike) >= limit && !makeRoom(pair, demanded))
		return nullptr;
	pair.id = ++_last;
	return &_pairs.emplace_back(std::move(pair));
}

/// Of those that are relayed, or not, as the new one is.
bool CheckList::makeRoom(const Pair& wanted, bool demanded)
{
	auto worst = _pairs.end();
	for (auto pair = _pairs.begin(); pair != _pairs.end(); ++pair)
	{
		if (pair->valid || _precious(*pair) || pair->relayed() != wanted.relayed())
			continue;
		const auto better = [&] {
			return std::pair{merit(*worst), worst->priority} <= std::pair{merit(*pair), pair->priority};
		};
		if (worst == _pairs.end() || !better())
			worst = pair;
	}
	if (worst == _pairs.end())
		return false;
	if (!demanded && worst->state != PairState::Failed && worst->priority >= wanted.priority)
		return false;
	_pairs.erase(worst);
	return true;
}

Pair* CheckList::bestIn(PairState state, bool relayedOnly)
{
	Pair* best = nullptr;
	for (auto& pair : _pairs)
		if (pair.state == state && (!relayedOnly || pair.relayed()) &&
			(!best || pair.priority > best->priority))
			best = &pair;
	return best;
}

}
