// What others say; see LanMachine.cpp for the rest.
#include <algorithm>
#include <utility>

#include "node/protocol/json/Json.h"
#include "plugins/signaling/lan/LanMachine.h"

namespace gimlet::lan
{

void LanMachine::onDatagram(SegmentId segment, const Endpoint& remote, ByteView bytes, TimePoint now)
{
	++_counters.received;
	const auto found = _segments.find(segment);
	if (found == _segments.end() || !isOnLink(found->second, remote))
		return drop(Drop::OffLink);
	if (!_datagrams.take(DATAGRAMS, now))
		return drop(Drop::Excess);
	const auto decoded = decode(_options.room, bytes);
	if (const auto* datagram = std::get_if<Datagram>(&decoded))
		return heard(*datagram, {segment, remote, now});
	switch (std::get<Unread>(decoded))
	{
	case Unread::Malformed:
		return drop(Drop::Malformed);
	case Unread::OtherRoom:
		return drop(Drop::OtherRoom);
	case Unread::Forged:
		return drop(Drop::Forged);
	}
}

void LanMachine::heard(const Datagram& datagram, const Place& from)
{
	if (datagram.from.id == _self.id)
	{
		if (datagram.from.epoch != _self.epoch)
			drop(Drop::Conflict);
		return; // multicast comes back to its sender
	}
	std::visit([&](const auto& body) { hear(body, datagram.from, from); }, datagram.body);
}

void LanMachine::hear(const Announcement& announcement, const Presence& who, const Place& from)
{
	const bool isNew = !known(who);
	auto* peer = meet(who, from);
	if (!peer)
		return;
	const bool changed = isNew || peer->announcement.name != announcement.name ||
						 peer->announcement.transports != announcement.transports;
	peer->announcement = announcement;
	if (isNew || announcement.asks)
		answer(from, false);
	if (changed)
		offer(*peer);
}

/// Believed of the address where the peer is: others would have to pretend that too.
void LanMachine::hear(const Goodbye&, const Presence& who, const Place& from)
{
	const auto* peer = known(who);
	const auto isThere = [&from](const Place& place)
	{ return place.segment == from.segment && place.remote == from.remote; };
	if (peer && std::any_of(peer->places.begin(), peer->places.end(), isThere))
		leave(who.id, true);
}

void LanMachine::hear(const Fragment& fragment, const Presence& who, const Place& from)
{
	auto* peer = known(who);
	if (fragment.to != _self.id)
		return drop(Drop::Stranger);
	if (!peer || fragment.tag != sessionTag(peer->session) || peer->transport.empty())
	{
		// It knows us, and its announcement was lost; or we are another run of the one that it knows.
		drop(Drop::Stranger);
		return answer(from, true);
	}
	seenAt(*peer, from);
	auto result = peer->receiver.onFragment(fragment);
	if (result.received != 0)
		transmit(from.segment, from.remote,
			Acknowledgement{.to = who.id,
				.tag = fragment.tag,
				.sequence = fragment.sequence,
				.received = result.received});
	if (!result.signal)
		return;
	if (!json::isValue(*result.signal))
		return drop(Drop::Malformed);
	++_counters.signalsReceived;
	_events.emplace_back(SignalArrived{who.id, peer->session, std::move(*result.signal)});
}

void LanMachine::hear(const Acknowledgement& acknowledgement, const Presence& who, const Place& from)
{
	auto* peer = known(who);
	if (!peer || acknowledgement.to != _self.id || acknowledgement.tag != sessionTag(peer->session))
		return drop(Drop::Stranger);
	seenAt(*peer, from);
	peer->sender.onAcknowledged(acknowledgement.sequence, acknowledgement.received, from.heard);
	pump(*peer, from.heard);
}

/// The peer of that run.
LanMachine::Peer* LanMachine::known(const Presence& who)
{
	const auto found = _peers.find(who.id);
	return found == _peers.end() || found->second.epoch != who.epoch ? nullptr : &found->second;
}

/// The peer that announces itself; null if it is one too many.
LanMachine::Peer* LanMachine::meet(const Presence& who, const Place& from)
{
	auto* peer = known(who);
	if (!peer)
	{
		const auto other = _peers.find(who.id);
		const auto former = other == _peers.end() ? std::nullopt : std::optional{other->second.epoch};
		if (former && other->second.former == who.epoch)
			return nullptr;
		if (!mayBegin(former ? &other->second : nullptr, from))
			return nullptr;
		leave(who.id, false); // it is offered anew, by another session
		peer = &_peers[who.id];
		peer->former = former;
		peer->id = who.id;
		peer->epoch = who.epoch;
		peer->session = sessionOf(_options.room, _self, who);
	}
	seenAt(*peer, from);
	return peer;
}

/// Whether a run that is not known may be met. @param other Another run of the same id, or null.
bool LanMachine::mayBegin(const Peer* other, const Place& from)
{
	const auto livesThere = [&from](const Peer& peer)
	{
		return std::any_of(peer.places.begin(), peer.places.end(),
			[&from](const Place& place) { return place.remote.sameAddress(from.remote); });
	};
	// A node that was restarted is where it was. Somewhere else it is a second one with the same key, or
	// somebody who disturbs: the first stays for as long as it is heard.
	if (other && !livesThere(*other) && from.heard < other->heard + DOUBT_AFTER)
	{
		drop(Drop::Conflict);
		return false;
	}
	const auto neighbours = std::count_if(
		_peers.begin(), _peers.end(), [&livesThere](const auto& entry) { return livesThere(entry.second); });
	const bool room =
		other || (_peers.size() < MAX_PEERS && static_cast<std::size_t>(neighbours) < MAX_IDS_AN_ADDRESS);
	if (room && _newcomers.take(NEWCOMERS, from.heard))
		return true;
	drop(Drop::Excess);
	return false;
}

void LanMachine::seenAt(Peer& peer, const Place& from)
{
	peer.heard = from.heard;
	peer.ask = from.heard + DOUBT_AFTER;
	const auto known = std::find_if(peer.places.begin(), peer.places.end(),
		[&from](const Place& place) { return place.segment == from.segment && place.remote == from.remote; });
	if (known != peer.places.end())
	{
		known->heard = from.heard;
		return;
	}
	const auto stale = std::find_if(peer.places.begin(), peer.places.end(),
		[&from](const Place& place) { return from.heard >= place.heard + DOUBT_AFTER; });
	if (stale != peer.places.end())
		*stale = from;
	else if (peer.places.size() < MAX_PLACES)
		peer.places.push_back(from);
}

}
