#include <algorithm>
#include <array>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"
#include "plugins/transport/udp-punch/ice/Priority.h"

namespace gimlet::udp_punch::ice
{

Endpoint concrete(const Endpoint& local)
{
	return local.isUnspecified() ? Endpoint{} : local;
}

bool Agent::Impl::onRequest(const stun::MessageView& message, const Path& path, TimePoint now)
{
	const auto name = usernameOf(message);
	const auto* credentials = name ? generationOf(name->first) : nullptr;
	if (!credentials)
		return false;
	++_counters.requestsReceived;
	if (message.fingerprint() == stun::Check::Invalid || !path.port)
	{
		++_counters.malformed;
		return true;
	}
	// RFC 8489, section 9.1.3, would answer 401 to anybody; whoever forged the source wants just that.
	if (message.integrity(asBytes(credentials->local.pwd)) != stun::Check::Valid)
	{
		++_counters.unauthenticated;
		return true;
	}
	std::array<std::uint16_t, 8> unknown{};
	const auto count = unknownAttributes(message, unknown);
	const auto check = readCheck(message);
	if (count != 0 || !check)
	{
		++_counters.malformed;
		refuse(message, *credentials, path,
			count != 0 ? stun::error::UNKNOWN_ATTRIBUTE : stun::error::BAD_REQUEST,
			std::span{unknown}.first(count));
		return true;
	}
	const bool current = credentials == &_current;
	const bool known = current && remoteKnown() && name->second == _current.remote.ufrag;
	if (current && !settleRoles(message, *check, path, now))
		return true;
	answer(message, *credentials, path, now);
	if (known)
		onCheck(*check, path, now);
	else if (current)
		remember(*check, name->second, path);
	return true;
}

void Agent::Impl::answer(
	const stun::MessageView& message, const Generation& credentials, const Path& path, TimePoint now)
{
	hear(path, now);
	if (auto* item = _sending.push(path))
		writeSuccess(item->datagram, message, path.remote, credentials.local.pwd);
}

void Agent::Impl::refuse(const stun::MessageView& message, const Generation& credentials, const Path& path,
	std::uint16_t code, std::span<const std::uint16_t> unknown)
{
	if (auto* item = _sending.push(path))
		writeError(item->datagram, message, code, credentials.local.pwd, unknown);
}

/// RFC 8445, section 7.3.1.1. @return Whether the check may be answered with success.
bool Agent::Impl::settleRoles(
	const stun::MessageView& message, const ReceivedCheck& check, const Path& path, TimePoint now)
{
	if (check.controlling != controlling())
		return true;
	const bool greater = _tieBreaker >= check.tieBreaker;
	if (greater == controlling())
	{
		refuse(message, _current, path, stun::error::ROLE_CONFLICT);
		return false;
	}
	switchRole(now);
	return true;
}

void Agent::Impl::remember(const ReceivedCheck& check, std::string_view ufrag, const Path& path)
{
	std::erase_if(_early, [&](const EarlyCheck& early)
		{ return early.path.port == path.port && early.path.remote == path.remote && early.ufrag == ufrag; });
	if (_early.size() >= Timing::MAX_EARLY)
		_early.erase(_early.begin());
	_early.push_back({.path = path, .check = check, .ufrag = std::string{ufrag}});
}

/// RFC 8445, sections 7.3.1.3 to 7.3.1.5.
void Agent::Impl::onCheck(const ReceivedCheck& check, const Path& path, TimePoint now)
{
	_asked = true;
	auto* pair = pairFor(check, path);
	if (!pair)
	{
		++_counters.refusedCandidates;
		return;
	}
	pair->asked = true;
	const bool fresh = pair->fresh(now);
	if (!fresh || pair->state != PairState::Succeeded)
	{
		// The peer looks at other pairs than the selected one: perhaps it no longer hears us there.
		if (pair->id != _selectedPair && pair->valid)
			_liveness.suspect(now);
		_transactions.cancel(pair->id, now);
		if (!pair->local.valid())
			pair->heardAt = concrete(path.local);
		_checks.trigger(*pair, concrete(path.local));
	}
	if (check.useCandidate && !controlling())
		onNomination(check, *pair, now);
}

Pair* Agent::Impl::pairFor(const ReceivedCheck& check, const Path& path)
{
	const auto local = concrete(path.local);
	if (auto* pair = _checks.find(path.port, local, path.remote))
		return pair;
	if (!_remotes.find(path.remote))
	{
		Endpoint dropped;
		const auto outcome = _remotes.addPeerReflexive(path.remote, check.priority, dropped);
		if (dropped.valid())
			_checks.removeRemote(dropped);
		if (outcome == RemoteCandidates::Outcome::Refused)
			return nullptr;
	}
	// A pair of that port and remote which has learnt another local address: the host has several.
	const bool several = _checks.find(path.port, {}, path.remote) != nullptr;
	return _checks.demand(baseOf(path.port, path.remote.family()), several ? local : Endpoint{},
		*_remotes.find(path.remote), controlling());
}

Base Agent::Impl::baseOf(Port* port, int family) const
{
	for (auto& base : _locals.bases())
		if (base.port == port && base.family == family)
			return base;
	constexpr std::uint16_t LEAST = 0;
	return {.port = port,
		.family = family,
		.priority = candidatePriority(CandidateType::Host, LEAST),
		.localPreference = LEAST,
		.foundation = "0"};
}

void Agent::Impl::onNomination(const ReceivedCheck& check, Pair& pair, TimePoint now)
{
	if (check.nomination)
	{
		if (*check.nomination <= _followed)
			return;
		_followed = *check.nomination;
	}
	else if (const auto* selected = settled() ? _checks.find(_selectedPair) : nullptr;
			 selected && selected->id != pair.id && !_liveness.doubtful())
	{
		// RFC 5245, section 8.1.1.2: an agent that nominates all it checks means the best of them; but one
		// that has ceased to nominate the best has left it.
		const bool left = now - selected->nominated > Timing::FRESH;
		if (!left && pair.priority < selected->priority)
			return;
	}
	pair.nominated = now;
	if (pair.fresh(now))
		select(pair, now);
	else
		_wanted = pair.id;
}

}
