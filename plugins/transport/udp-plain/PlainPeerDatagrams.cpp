// What a peer's datagrams do to its link; the rest of PlainPeer is in PlainPeer.cpp.
#include "plugins/transport/udp-plain/PlainPeer.h"

#include <algorithm>
#include <utility>

namespace gimlet::udp_plain
{

namespace
{

/// RFC 6298, section 2: alpha.
constexpr int ROUND_TRIP_WEIGHT = 8;

/// Only ours send these.
bool isOurs(chat::Kind kind)
{
	return kind == chat::Kind::TextAck || kind == chat::Kind::Keepalive || kind == chat::Kind::KeepaliveAck;
}

}

bool PlainPeer::onDatagram(
	const chat::Datagram& datagram, std::size_t size, const Endpoint& remote, TimePoint now)
{
	// What does not name the peer must come from where the peer is known to be; it moves nothing.
	const bool named = datagram.from == _configuration.peer;
	if (named ? !_routes.heard(remote) : !_routes.knows(remote))
		return false;
	if (!named)
		_routes.heard(remote);
	_counters.bytesReceived += size;
	if (datagram.bye)
	{
		onGoodbye(datagram.number, now);
		return true;
	}
	if (isLate(datagram, now))
	{
		// It moves nothing, but what was said is shown.
		if (datagram.kind == chat::Kind::Text)
			onText(datagram, remote);
		return true;
	}
	heardFrom(datagram, remote, now);

	switch (datagram.kind)
	{
	case chat::Kind::Punch:
		onPunch(remote, now);
		break;
	case chat::Kind::OldPing:
		transmit(remote, chat::encodeOldPong());
		break;
	case chat::Kind::Text:
		onText(datagram, remote);
		break;
	case chat::Kind::TextAck:
		onTextAck(datagram.message.id, remote, now);
		break;
	case chat::Kind::Keepalive:
		transmit(remote, chat::encodeKeepaliveAck(_configuration.own, datagram.number));
		break;
	case chat::Kind::KeepaliveAck:
		onKeepaliveAck(datagram.number, remote, now);
		break;
	case chat::Kind::OldPong:
	case chat::Kind::Other:
		break;
	}
	return true;
}

/// An older one that comes late, or twice, says nothing of a link that has come up since.
void PlainPeer::onGoodbye(std::uint64_t number, TimePoint now)
{
	if (number <= _peerNumber || _saidGoodbye)
		return;
	_heard = now;
	_saidGoodbye = true;
	_heartbeat.stop();
	_retryAt = NEVER;
	changed();
	becomeLost(now);
}

/// Overtaken by the goodbye of its sender. One that is back begins with a punch.
bool PlainPeer::isLate(const chat::Datagram& datagram, TimePoint now) const
{
	return _saidGoodbye && datagram.kind != chat::Kind::Punch && now < *_heard + OVERTAKEN_BY_GOODBYE;
}

void PlainPeer::heardFrom(const chat::Datagram& datagram, const Endpoint& remote, TimePoint now)
{
	_heard = now;
	if (std::exchange(_quietReported, false))
		changed();
	if (!_ours && isOurs(datagram.kind))
	{
		_ours = true;
		changed();
		if (_state == LinkState::Up)
			_heartbeat.beat(now);
	}
	if (_state != LinkState::Up)
		becomeUp(remote, now);
	else if (remote != _active && shouldFollow(datagram, remote))
		moveTo(remote, now);
	if (_ours)
		_heartbeat.heard(now);
	if (datagram.kind == chat::Kind::Keepalive)
	{
		_peerNumber = std::max(_peerNumber, datagram.number);
		_heartbeat.peerSent(now);
	}
}

bool PlainPeer::shouldFollow(const chat::Datagram& datagram, const Endpoint& remote) const
{
	if (!_ours)
		return true;
	// The way in use does not answer: any that does is better.
	if (_heartbeat.unanswered() > 1)
		return true;
	// Its NAT has mapped it anew. An older keepalive that comes late says nothing.
	return datagram.kind == chat::Kind::Keepalive && datagram.number > _peerNumber &&
		   remote.sameAddress(_active);
}

void PlainPeer::moveTo(const Endpoint& remote, TimePoint now)
{
	use(remote);
	changed();
	if (_ours)
		_heartbeat.beat(now);
}

/// One of ours is answered by a keepalive, whose answer proves that way in both directions. A first-version
/// worker answers nothing, so that two who take each other for one do not answer for ever.
void PlainPeer::onPunch(const Endpoint& remote, TimePoint now)
{
	if (_ours && remote != _active)
		transmit(remote, chat::encodeKeepalive(_configuration.own, _heartbeat.send(now, true)));
}

void PlainPeer::onText(const chat::Datagram& datagram, const Endpoint& remote)
{
	auto result = _inbox.accept(datagram.message, datagram.after);
	if (result.duplicate)
		++_counters.duplicates;
	for (const auto& id : result.acknowledge)
		transmit(remote, chat::encodeTextAck(_configuration.own, id));
	for (auto& message : result.messages)
		_events.push_back({.kind = Event::Kind::Received, .message = std::move(message)});
}

void PlainPeer::onTextAck(const std::string& id, const Endpoint& remote, TimePoint now)
{
	_events.push_back({.kind = Event::Kind::Acknowledged, .message = {.id = id, .content = {}}});
	if (_window.acknowledge(id) && remote == _active)
		_heartbeat.proven(now);
	offerRoom();
}

void PlainPeer::onKeepaliveAck(std::uint64_t number, const Endpoint& remote, TimePoint now)
{
	const bool wasInDoubt = _heartbeat.unanswered() >= PROBES_UNTIL_SILENT;
	const auto roundTrip = _heartbeat.answered(number, now);
	if (!roundTrip)
		return;
	const bool first = !_roundTrip;
	_roundTrip = first ? *roundTrip : *_roundTrip + (*roundTrip - *_roundTrip) / ROUND_TRIP_WEIGHT;
	_window.setRoundTrip(*_roundTrip);
	if (first || wasInDoubt || remote != _active)
		changed();
	use(remote);
}

}
