// Who is there; see LanMachineHearing.cpp for what they say.
#include "plugins/signaling/lan/LanMachine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/protocol/json/Json.h"

namespace gimlet::lan
{

bool isOnLink(const Segment& segment, const Endpoint& remote)
{
	if (remote.family() != segment.address.family() || remote.port() == 0 || remote.isMulticast() ||
		remote.isUnspecified())
		return false;
	if (remote.isV6())
		return remote.isLinkLocal();
	const auto ours = segment.address.address();
	const auto theirs = remote.address();
	for (unsigned bit = 0; bit < std::min(segment.prefix, 32U); ++bit)
		if (((ours[bit / 8] ^ theirs[bit / 8]) >> (7 - bit % 8) & 1U) != 0)
			return false;
	return true;
}

LanMachine::LanMachine(Options options) :
	_options(std::move(options)), _self{.id = _options.own, .epoch = _options.epoch}
{
}

void LanMachine::describe(const LocalDescription& description, TimePoint now)
{
	const auto before = std::exchange(_description, description);
	if (before.name == description.name && before.transports == description.transports)
		return;
	lookAround(now);
	if (before.transports == description.transports)
		return;
	for (auto& [id, peer] : _peers)
		offer(peer);
}

void LanMachine::addSegment(SegmentId id, const Segment& segment, TimePoint now)
{
	_segments[id] = segment;
	lookAround(now);
}

void LanMachine::removeSegment(SegmentId id)
{
	_segments.erase(id);
	std::vector<PeerId> gone;
	for (auto& [peerId, peer] : _peers)
	{
		std::erase_if(peer.places, [id](const Place& place) { return place.segment == id; });
		peer.place = 0;
		if (peer.places.empty())
			gone.push_back(peerId);
	}
	for (const auto& peer : gone)
		leave(peer, true);
}

void LanMachine::lookAround(TimePoint now)
{
	_burst = 0;
	_nextAnnouncement = _description.transports.empty() ? NEVER : now;
}

void LanMachine::stop()
{
	if (!_description.transports.empty())
		for (const auto& [id, segment] : _segments)
			transmit(id, std::nullopt, Goodbye{});
	// Wireless networks lose multicast more often.
	for (const auto& [id, peer] : _peers)
		for (const auto& place : peer.places)
			transmit(place.segment, place.remote, Goodbye{});
	_nextAnnouncement = NEVER;
	_peers.clear();
	_events.clear();
}

bool LanMachine::sendSignal(
	const PeerId& to, const std::string& session, const std::string& data, TimePoint now)
{
	const auto found = _peers.find(to);
	if (found == _peers.end() || found->second.session != session || found->second.transport.empty() ||
		!json::isValue(data) || !found->second.sender.push(data))
		return false;
	pump(found->second, now);
	return true;
}

void LanMachine::onTimer(TimePoint now)
{
	if (now >= _nextAnnouncement)
	{
		announce(_burst < std::size(BURST));
		scheduleAnnouncement(now);
	}
	std::vector<PeerId> gone;
	for (auto& [id, peer] : _peers)
	{
		if (now >= peer.heard + GONE_AFTER)
			gone.push_back(id);
		else
			look(peer, now);
	}
	for (const auto& id : gone)
		leave(id, true);
}

/// What is due with one peer.
void LanMachine::look(Peer& peer, TimePoint now)
{
	if (now >= peer.ask)
	{
		peer.ask = now + DOUBT_INTERVAL;
		for (const auto& place : peer.places)
			answer({place.segment, place.remote, now}, true);
	}
	if (now >= peer.sender.nextDeadline())
	{
		peer.sender.onTimer(now);
		const auto attempts = peer.sender.attempts();
		if (attempts > 0 && attempts % ATTEMPTS_A_PLACE == 0)
			peer.place = (peer.place + 1) % peer.places.size();
		pump(peer, now);
	}
}

TimePoint LanMachine::nextDeadline() const
{
	auto next = _nextAnnouncement;
	for (const auto& [id, peer] : _peers)
		next = std::min({next, peer.heard + GONE_AFTER, peer.ask, peer.sender.nextDeadline()});
	return next;
}

void LanMachine::announce(bool asks)
{
	for (const auto& [id, segment] : _segments)
		transmit(id, std::nullopt,
			Announcement{.asks = asks, .name = _description.name, .transports = _description.transports});
}

void LanMachine::scheduleAnnouncement(TimePoint now)
{
	if (++_burst < std::size(BURST))
		_nextAnnouncement = now + (BURST[_burst] - BURST[_burst - 1]);
	else
	{
		constexpr double SPREAD = 0.2;
		const double factor = 1 - SPREAD / 2 + SPREAD * _options.chance();
		_nextAnnouncement = now + std::chrono::duration_cast<Duration>(
									  std::chrono::duration<double>(ANNOUNCE_INTERVAL) * factor);
	}
}

/// Announces itself to one address.
void LanMachine::answer(const Place& to, bool asks)
{
	if (!_description.transports.empty() && _answers.take(ANSWERS, to.heard))
		transmit(to.segment, to.remote,
			Announcement{.asks = asks, .name = _description.name, .transports = _description.transports});
}

/// A peer is there with which there is, or is not, something to talk in.
void LanMachine::offer(Peer& peer)
{
	const auto before =
		std::exchange(peer.transport, commonTransport(_description.transports, peer.announcement.transports));
	if (peer.transport.empty())
	{
		if (!before.empty())
			_events.emplace_back(PeerGone{peer.id});
		if (!_description.transports.empty())
			_events.emplace_back(PeerStranger{
				peer.id, fmt::format("it is on the local network and speaks {}, and this node speaks {}",
							 fmt::join(peer.announcement.transports, ", "),
							 fmt::join(_description.transports, ", "))});
		return;
	}
	PeerOffer result;
	result.peer = peer.id;
	result.name = peer.announcement.name;
	result.transport = peer.transport;
	result.session = peer.session;
	result.room = _options.room.name();
	result.ours = true;
	for (const auto& place : peer.places)
	{
		result.overLoopback = result.overLoopback || place.remote.isLoopback();
		if (!place.remote.isLinkLocal())
			result.seen.push_back(place.remote.withPort(0));
	}
	_events.emplace_back(std::move(result));
}

void LanMachine::leave(const PeerId& id, bool tell)
{
	const auto found = _peers.find(id);
	if (found == _peers.end())
		return;
	const bool offered = !found->second.transport.empty();
	_peers.erase(found);
	if (offered && tell)
		_events.emplace_back(PeerGone{id});
}

/// Sends what is due of a peer's signals.
void LanMachine::pump(Peer& peer, TimePoint now)
{
	if (peer.places.empty())
		return;
	const auto& place = peer.places[peer.place % peer.places.size()];
	while (const auto part = peer.sender.pollPart(now))
		transmit(place.segment, place.remote,
			Fragment{.to = peer.id,
				.tag = sessionTag(peer.session),
				.sequence = part->sequence,
				.index = part->index,
				.count = part->count,
				.bytes = part->bytes});
	_counters.signalsDelivered +=
		peer.sender.delivered() - std::exchange(peer.delivered, peer.sender.delivered());
	_counters.signalsUndelivered +=
		peer.sender.undelivered() - std::exchange(peer.undelivered, peer.sender.undelivered());
}

void LanMachine::transmit(SegmentId segment, const std::optional<Endpoint>& to, const Body& body)
{
	_output.push_back({.segment = segment, .to = to, .datagram = encode(_options.room, _self, body)});
}

std::optional<LanMachine::Transmit> LanMachine::pollTransmit()
{
	if (_output.empty())
		return std::nullopt;
	auto transmit = std::move(_output.front());
	_output.pop_front();
	return transmit;
}

std::optional<Event> LanMachine::pollEvent()
{
	if (_events.empty())
		return std::nullopt;
	auto event = std::move(_events.front());
	_events.pop_front();
	return event;
}

}
