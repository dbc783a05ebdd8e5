// What a peer's link does by itself as time passes, and what it sends; see PlainPeer.cpp for the rest.
#include "plugins/transport/udp-plain/PlainPeer.h"

#include <utility>

namespace gimlet::udp_plain
{

namespace
{

/// Rounds are reported in the reason from this punch on; before, nobody could read it.
constexpr unsigned FIRST_REPORTED_PUNCH = 5;

}

void PlainPeer::onTimer(TimePoint now)
{
	if (lostAt() <= now)
		becomeLost(now);
	if (_round.nextDeadline() <= now)
		punch(now);
	if (_retryAt <= now)
		retry(now);
	if (_heartbeat.nextDeadline() <= now)
		keepalive(now);
	if (_state == LinkState::Up && _window.nextDeadline() <= now)
		retransmit(now);
}

void PlainPeer::punch(TimePoint now)
{
	const unsigned number = _round.next(now);
	// While the link is up, a round is for the addresses that were named lately.
	const bool all = _state != LinkState::Up;
	for (const auto& route : _routes.all())
		if (all || !route.answered)
			knock(route.remote, number, now);
	if (_state == LinkState::Attempted && number >= FIRST_REPORTED_PUNCH)
		changed();
}

void PlainPeer::retry(TimePoint now)
{
	++_retries;
	_retryAt = now + (_retries < QUICK_RETRIES ? RETRY_INTERVAL : SLOW_RETRY_INTERVAL);
	_events.push_back({.kind = Event::Kind::SignalWanted, .wantsAnswer = true});
	if (_state == LinkState::Attempted)
		changed();
}

void PlainPeer::keepalive(TimePoint now)
{
	if (_state == LinkState::Lost && now >= *_heard + KNOCKING)
	{
		_heartbeat.stop();
		return;
	}
	const bool unheard = now >= *_heard + PROBES_UNTIL_SILENT * PROBE_INTERVAL;
	if (_state == LinkState::Up && unheard && _heartbeat.doubtful(now))
		becomeSilent(now);
	const auto number = _heartbeat.send(now, _ours);
	if (_ours)
		transmit(_active, chat::encodeKeepalive(_configuration.own, number));
	else
		knock(_active, number, now);
	if (_heartbeat.unanswered() > 1)
		for (const auto& route : _routes.all())
			if (route.remote != _active && _routes.spend(route.remote, now))
				transmit(route.remote, chat::encodeKeepalive(_configuration.own, number));
	if (!_ours && !_quietReported && now >= *_heard + QUIET_AFTER)
	{
		_quietReported = true;
		changed();
	}
}

void PlainPeer::retransmit(TimePoint now)
{
	for (auto& datagram : _window.retransmit(now))
	{
		++_counters.retransmissions;
		transmit(_active, std::move(datagram));
	}
	if (_window.troubled() && _heartbeat.unanswered() == 0)
		_heartbeat.beat(now);
}

void PlainPeer::sayGoodbye(TimePoint now)
{
	if (_ours && (_state == LinkState::Up || _state == LinkState::Silent))
		transmit(_active, chat::encodeKeepalive(_configuration.own, _heartbeat.send(now, false), true));
}

SendResult PlainPeer::send(const ChatMessage& message, TimePoint now)
{
	if (!chat::tooLarge(_configuration.own, message).empty())
		return SendResult::TooLarge;
	if (_state == LinkState::Silent)
	{
		_turnedAway = true;
		return SendResult::Congested;
	}
	if (_state != LinkState::Up)
		return SendResult::NotLinked;
	if (!_ours || message.id.empty())
	{
		transmit(_active, chat::encodeText(_configuration.own, message));
		return SendResult::Sent;
	}
	if (_window.contains(message.id))
		return SendResult::Sent;
	auto datagram = _window.push(_configuration.own, message, now);
	if (datagram.empty())
		return SendResult::Congested;
	transmit(_active, std::move(datagram));
	return SendResult::Sent;
}

/// Tells whoever was turned away that there is room again.
void PlainPeer::offerRoom()
{
	if (_state != LinkState::Up)
		return;
	const bool room = _window.takeRoom();
	if (room || std::exchange(_turnedAway, false))
		_events.push_back({.kind = Event::Kind::Writable});
}

void PlainPeer::transmit(const Endpoint& remote, std::string datagram)
{
	_counters.bytesSent += datagram.size();
	_transmits.push_back({remote, std::move(datagram)});
}

/// A punch, if the address may have one.
void PlainPeer::knock(const Endpoint& remote, std::uint64_t number, TimePoint now)
{
	if (_routes.spend(remote, now))
		transmit(remote, chat::encodePunch(_configuration.own, number));
}

}
