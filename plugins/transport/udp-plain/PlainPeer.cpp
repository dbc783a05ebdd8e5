#include "plugins/transport/udp-plain/PlainPeer.h"

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-plain/Reason.h"

namespace gimlet::udp_plain
{

PlainPeer::PlainPeer(Configuration configuration, ClaimLimiter& limiter) :
	_configuration(std::move(configuration)),
	_limiter(limiter),
	_heartbeat(_configuration.keepalive, _configuration.peer < _configuration.own)
{
}

void PlainPeer::onOffer(const Offer& offer, TimePoint now)
{
	_present = true;
	_ours = _ours || offer.ours;
	_overLoopback = offer.overLoopback;
	if (_ours)
		_events.push_back({.kind = Event::Kind::SignalWanted});
	if (!offer.endpoint)
		return;
	// A first-version worker opens a new socket for each connection to its rendezvous: the old one is gone.
	const bool moved = !_ours && !_routes.knows(*offer.endpoint);
	name(*offer.endpoint);
	claim(*offer.endpoint, now);
	tryRoutes(now, moved);
}

void PlainPeer::onCandidates(const std::vector<Endpoint>& candidates, bool wantsAnswer, TimePoint now)
{
	for (const auto& candidate : candidates)
	{
		name(candidate);
		claim(candidate, now);
	}
	if (wantsAnswer && now >= _mayAnswerAt)
	{
		_mayAnswerAt = now + ANSWER_INTERVAL;
		_events.push_back({.kind = Event::Kind::SignalWanted});
	}
	// The peer asks because it does not hear us.
	if (wantsAnswer && _state == LinkState::Up)
		_heartbeat.beat(now);
	// Both go on trying, but nothing is known anew: what was lost is not called attempted by that.
	if (_state == LinkState::Lost && _heard && _routes.usable())
		_round.start(now);
	else
		tryRoutes(now, false);
}

void PlainPeer::onOwnAddressesChanged(TimePoint now)
{
	if (!_ours)
		return;
	_events.push_back({.kind = Event::Kind::SignalWanted});
	if (_state == LinkState::Up)
		_heartbeat.beat(now);
}

void PlainPeer::onPeerLeft(TimePoint now)
{
	_present = false;
	_retryAt = NEVER;
	if (_state == LinkState::Waiting || _state == LinkState::Attempted)
		becomeLost(now);
}

void PlainPeer::name(const Endpoint& endpoint)
{
	// A first-version worker binds IPv4 only.
	const bool fits = _ours || endpoint.isV4();
	if (fits && mayTarget(endpoint, _overLoopback))
		_routes.name(endpoint);
	else
		++_counters.refusedCandidates;
}

void PlainPeer::claim(const Endpoint& endpoint, TimePoint now)
{
	if (!_routes.wantsGrant(endpoint))
		return;
	if (_limiter.take(endpoint, now))
		_routes.grant(endpoint);
	else
		++_counters.limitedClaims;
}

/// Something was named: what is tried now depends on how well the link does.
void PlainPeer::tryRoutes(TimePoint now, bool anew)
{
	switch (_state)
	{
	case LinkState::Up:
		if (anew)
			attempt(now);
		else if (_routes.untried())
			_round.start(now);
		break;
	case LinkState::Silent:
		_heartbeat.beat(now);
		break;
	case LinkState::Waiting:
	case LinkState::Attempted:
	case LinkState::Lost:
		if (_routes.usable())
			attempt(now);
		break;
	case LinkState::Refused:
		break;
	}
}

void PlainPeer::attempt(TimePoint now)
{
	_heartbeat.stop();
	_saidGoodbye = false;
	_round.start(now);
	if (_ours && _retryAt == NEVER)
		_retryAt = now + RETRY_INTERVAL;
	setState(LinkState::Attempted, now);
}

void PlainPeer::becomeUp(const Endpoint& remote, TimePoint now)
{
	use(remote);
	_saidGoodbye = false;
	_peerNumber = 0;
	_retryAt = NEVER;
	_retries = 0;
	_round.stop();
	setState(LinkState::Up, now);
	_heartbeat.beat(now);
	_window.resume(now);
	offerRoom();
}

void PlainPeer::use(const Endpoint& remote)
{
	_active = remote;
	_routes.use(remote);
}

void PlainPeer::becomeSilent(TimePoint now)
{
	setState(LinkState::Silent, now);
	_events.push_back({.kind = Event::Kind::SignalWanted, .wantsAnswer = true});
	_retryAt = now + RETRY_INTERVAL;
}

void PlainPeer::becomeLost(TimePoint now)
{
	_round.stop();
	_window.clear();
	_turnedAway = false;
	setState(LinkState::Lost, now);
}

void PlainPeer::setState(LinkState state, TimePoint now)
{
	if (state == _state)
		return;
	_state = state;
	_since = now;
	changed();
}

void PlainPeer::changed()
{
	_changed = true;
}

TimePoint PlainPeer::lostAt() const
{
	const bool maySilenceEnd =
		_state == LinkState::Silent || (_state == LinkState::Up && !_ours && !_present);
	return maySilenceEnd && _heard ? *_heard + _configuration.lostAfter : NEVER;
}

TimePoint PlainPeer::nextDeadline() const
{
	const auto window = _state == LinkState::Up ? _window.nextDeadline() : NEVER;
	return std::min({lostAt(), _round.nextDeadline(), _retryAt, _heartbeat.nextDeadline(), window});
}

std::optional<PlainPeer::Transmit> PlainPeer::pollTransmit()
{
	if (_transmits.empty())
		return std::nullopt;
	auto transmit = std::move(_transmits.front());
	_transmits.pop_front();
	return transmit;
}

std::optional<PlainPeer::Event> PlainPeer::pollEvent()
{
	// First, so that nobody gets a message of a link of which he has not heard.
	if (std::exchange(_changed, false))
		return Event{.kind = Event::Kind::StatusChanged};
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

LinkStatus PlainPeer::status(TimePoint now, WallTime wall) const
{
	LinkStatus status;
	status.state = _state;
	status.reason = reason({.state = _state,
		.ours = _ours,
		.present = _present,
		.saidGoodbye = _saidGoodbye,
		.addresses = _routes.all().size(),
		.unanswered = _heartbeat.unanswered(),
		.since = _since,
		.heard = _heard,
		.now = now,
		.wall = wall});
	status.remote = _active.valid() || _routes.all().empty() ? _active : _routes.all().front().remote;
	if (_roundTrip)
		status.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(*_roundTrip);
	status.acknowledges = _ours;
	status.bytesSent = _counters.bytesSent;
	status.bytesReceived = _counters.bytesReceived;
	status.retransmissions = _counters.retransmissions;
	return status;
}

}
