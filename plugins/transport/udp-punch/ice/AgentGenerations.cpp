#include <utility>

#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

Agent::Impl::Impl(Configuration configuration) :
	_configuration(std::move(configuration)),
	_role(_configuration.role),
	_tieBreaker(_configuration.tieBreaker),
	_remotes(_configuration.maxRemoteCandidates, _configuration.allowLoopback),
	_checks(_configuration.maxPairs,
		[this](const Pair& pair) { return pair.id == _selectedPair || pair.id == _wanted; }),
	_liveness(_configuration.consentExpiry, _configuration.keepalive)
{
	_current.local = _configuration.local;
}

void Agent::Impl::setRemote(const IceCredentials& credentials, TimePoint now)
{
	if (credentials == _current.remote)
		return;
	if (remoteKnown())
	{
		// What the peer named before has no meaning in its new session (RFC 8445, section 9).
		_remotes.clear();
		_remoteDone = false;
		beginGeneration(_current.local, credentials, now);
	}
	else
	{
		_current.remote = credentials;
		_current.username = credentials.ufrag + ':' + _current.local.ufrag;
		_begun = now;
	}
	formPairs();
	const auto early = std::exchange(_early, {});
	for (const auto& one : early)
		if (one.ufrag == credentials.ufrag)
			onCheck(one.check, one.path, now);
	settle(now);
}

void Agent::Impl::restart(IceCredentials local, TimePoint now)
{
	beginGeneration(std::move(local), _current.remote, now);
	formPairs();
	settle(now);
}

void Agent::Impl::beginGeneration(IceCredentials local, IceCredentials remote, TimePoint now)
{
	// The credentials that the selected pair was found with serve it on, however many restarts fail.
	const bool kept = _previous && _selected && _selectedGeneration == _previous->number;
	Generation next{.number = _current.number + 1, .local = std::move(local), .remote = std::move(remote)};
	if (!next.remote.ufrag.empty())
		next.username = next.remote.ufrag + ':' + next.local.ufrag;
	if (!kept)
		_previous = std::move(_current);
	_previousUntil = _selected ? NEVER : now + Timing::OLD_CREDENTIALS;
	_current = std::move(next);
	_selectedPair = 0;
	_wanted = 0;
	_followed = 0;
	_failed = false;
	_asymmetric = false;
	_asked = false;
	_begun = now;
	_checks.clear();
	_allowance.renew();
	_transactions.removeIf([](const Transaction& transaction)
		{ return transaction.purpose == Purpose::Check || transaction.purpose == Purpose::Nominate; });
	// Questions and probes that are under way belong to the kept pair.
	_transactions.removeIf([](const Transaction& transaction) { return transaction.pair != 0; });
	if (std::exchange(_probing, false))
		_probed = false;
}

const Generation* Agent::Impl::generation(unsigned number) const
{
	if (number == _current.number)
		return &_current;
	return _previous && number == _previous->number ? &*_previous : nullptr;
}

const Generation* Agent::Impl::generationOf(std::string_view localUfrag) const
{
	if (localUfrag == _current.local.ufrag)
		return &_current;
	return _previous && localUfrag == _previous->local.ufrag ? &*_previous : nullptr;
}

}
