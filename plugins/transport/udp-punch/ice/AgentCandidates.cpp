#include <algorithm>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

std::optional<CandidateLine> Agent::Impl::removeLocal(const Candidate& candidate, TimePoint now)
{
	auto line = _locals.remove(candidate);
	if (!line)
		return line;
	const auto bases = _locals.bases();
	const auto baseless = [&](const Pair& pair)
	{
		return pair.port == candidate.port && pair.id != _selectedPair &&
			   std::ranges::none_of(bases, [&](const Base& base)
				   { return base.port == pair.port && base.family == pair.remote.family(); });
	};
	std::erase_if(_checks.pairs(), baseless);
	std::erase_if(_checks.pairs(), [&](const Pair& pair)
		{ return pair.pinned && pair.id != _selectedPair && pair.local == candidate.endpoint; });
	for (auto& pair : _checks.pairs())
	{
		// The kernel sends from elsewhere now, if it can.
		if (!pair.local.valid() || !pair.local.sameAddress(candidate.endpoint))
			continue;
		_transactions.cancel(pair.id, now);
		_checks.trigger(pair, {});
		if (pair.id == _selectedPair)
			_liveness.suspect(now);
	}
	settle(now);
	return line;
}

void Agent::Impl::retirePort(const Port& port, TimePoint now)
{
	if (!_retired.insert(&port).second)
		return;
	reconsider(now);
	settle(now);
}

void Agent::Impl::removePort(const Port& port, TimePoint now)
{
	_retired.erase(&port);
	_careful.erase(&port);
	if (_rebound == &port)
		_rebound = nullptr;
	_locals.removePort(port);
	_checks.removePort(port);
	_sending.removePort(port);
	_transactions.removeIf([&](const Transaction& transaction) { return transaction.path.port == &port; });
	std::erase_if(_early, [&](const EarlyCheck& early) { return early.path.port == &port; });
	if (_selected && _selected->path.port == &port)
	{
		lose();
		if (auto* pair = controlling() ? bestValid(now) : nullptr)
			nominate(*pair, now);
		else
			recheckAll(now);
	}
	settle(now);
}

void Agent::Impl::addRemote(const CandidateLine& candidate, TimePoint now)
{
	Endpoint dropped;
	const auto outcome = _remotes.add(candidate, dropped);
	if (dropped.valid())
		_checks.removeRemote(dropped);
	for (auto& pair : _checks.pairs())
		if (pair.remote == candidate.endpoint)
			pair.retiring = false;
	if (outcome == RemoteCandidates::Outcome::Refused)
		++_counters.refusedCandidates;
	else if (outcome == RemoteCandidates::Outcome::Updated)
		_checks.updateRemote(*_remotes.find(candidate.endpoint), controlling());
	else if (outcome == RemoteCandidates::Outcome::Added)
		formPairs();
	settle(now);
}

void Agent::Impl::removeRemote(const CandidateLine& candidate, TimePoint now)
{
	if (_remotes.remove(candidate.endpoint))
	{
		_checks.removeRemote(candidate.endpoint);
		for (auto& pair : _checks.pairs())
			pair.retiring = pair.retiring || pair.remote == candidate.endpoint;
		reconsider(now);
	}
	settle(now);
}

}
