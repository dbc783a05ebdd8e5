#include "node/protocol/stun/Wire.h"
#include "plugins/transport/udp-punch/ice/AgentImpl.h"

namespace gimlet::udp_punch::ice
{

bool Agent::Impl::onResponse(const stun::MessageView& message, const Path& path, TimePoint now)
{
	if (stun::read32(message.transactionId().data()) != _configuration.tag)
		return false;
	const auto* found = _transactions.find(message.transactionId());
	const auto* credentials = found ? generation(found->generation) : nullptr;
	if (!credentials)
		return true; // late, or said twice
	++_counters.responsesReceived;
	if (message.fingerprint() == stun::Check::Invalid)
	{
		++_counters.malformed;
		return true;
	}
	if (message.integrity(asBytes(credentials->remote.pwd)) != stun::Check::Valid)
	{
		++_counters.unauthenticated;
		return true;
	}
	const auto transaction = *found;
	_transactions.remove(transaction.id);
	// RFC 8445, section 7.2.5.2.1.
	if (path.port != transaction.path.port || path.remote != transaction.path.remote ||
		!compatible(concrete(path.local), transaction.path.local))
	{
		onAsymmetric(transaction);
		return true;
	}
	if (message.messageClass() == stun::MessageClass::ErrorResponse)
	{
		onError(message, transaction, now);
		return true;
	}
	const auto mapped = message.xorAddress();
	if (!mapped)
	{
		++_counters.malformed;
		ended(transaction);
		return true;
	}
	onSuccess(transaction, *mapped, path, now);
	return true;
}

void Agent::Impl::onAsymmetric(const Transaction& transaction)
{
	_asymmetric = true;
	if (transaction.purpose == Purpose::Check || transaction.purpose == Purpose::Nominate)
		_transactions.cancel(transaction.pair, transaction.sentFirst);
	ended(transaction);
	auto* pair = _checks.find(transaction.pair);
	if (pair && pair->state == PairState::InProgress)
		pair->state = PairState::Failed;
}

void Agent::Impl::onError(const stun::MessageView& message, const Transaction& transaction, TimePoint now)
{
	auto* pair = _checks.find(transaction.pair);
	const auto error = message.errorCode();
	if (!error || error->code != stun::error::ROLE_CONFLICT)
	{
		ended(transaction);
		return;
	}
	// RFC 8445, section 7.2.5.1. Two checks may be answered so; the roles change once.
	if (transaction.controlling == controlling())
	{
		_configuration.random({reinterpret_cast<std::uint8_t*>(&_tieBreaker), sizeof _tieBreaker});
		switchRole(now);
	}
	if (pair && transaction.purpose != Purpose::Probe)
		_checks.trigger(*pair, transaction.path.local);
	else
		ended(transaction);
}

void Agent::Impl::onSuccess(
	const Transaction& transaction, const Endpoint& mapped, const Path& path, TimePoint now)
{
	_allowance.confirm(path.remote);
	auto* pair = _checks.find(transaction.pair);
	// Karn's algorithm (RFC 6298, section 3): nobody knows which of several was answered.
	const bool measurable = transaction.sent == 1 && transaction.purpose != Purpose::Probe;
	if (pair)
	{
		pair->answered = now;
		if (measurable)
			pair->measured(now - transaction.sentFirst);
		if (pair->mapped.valid() && pair->mapped != mapped && !pair->relayed())
			_rebound = pair->port;
		pair->mapped = mapped;
	}
	if (transaction.purpose == Purpose::Ask || transaction.purpose == Purpose::Probe)
	{
		if (measurable && !pair && _selected)
			_selected->roundTrip = now - transaction.sentFirst;
		onAnswered(transaction, now);
		return;
	}
	if (!pair)
		return;                 // of a pair that had to make room, or of an older generation
	_careful.erase(pair->port); // it has nothing to spoil any more
	_transactions.cancel(pair->id, now);
	pair->state = PairState::Succeeded;
	pair->valid = true;
	pair->localType = _locals.typeOf(mapped);
	if (const auto local = concrete(path.local); local.valid() && !pair->pinned)
		pair->local = local;
	_checks.thaw(pair->foundation);
	consider(*pair, now);
}

/// Of the selected pair, or of one that was.
void Agent::Impl::onAnswered(const Transaction& transaction, TimePoint now)
{
	if (transaction.purpose == Purpose::Probe)
	{
		_probing = false;
		_probed = true;
	}
	if (!_selected || transaction.pair != _selectedPair || !onSelected(transaction.path))
		return;
	if (const auto* pair = _checks.find(_selectedPair))
		_selected->roundTrip = pair->roundTrip;
	if (_liveness.answered(now))
		_events.push_back(Event::Recovered);
}

}
