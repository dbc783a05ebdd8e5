// The part of NodeCore that deals with peers and their links; NodeSignaling.cpp says who is offered.
#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "node/core/NodeCore.h"
#include "node/core/PeerText.h"

namespace gimlet::core
{

NodeCore::PeerRecord* NodeCore::find(const PeerId& peer)
{
	const auto found = _peers.find(peer);
	return found == _peers.end() ? nullptr : &found->second;
}

Transport* NodeCore::transportOf(const std::string& protocol) const
{
	const auto found = std::find_if(_transports.begin(), _transports.end(),
		[&protocol](const auto* transport) { return transport->protocol() == protocol; });
	return found == _transports.end() ? nullptr : *found;
}

PeerInfo NodeCore::snapshot(const PeerRecord& record) const
{
	auto info = record.info;
	if (record.transport)
		info.link = record.transport->status(info.id);
	info.queued = _outbox.size(info.id);
	info.trust = trustOf(info);
	info.pinnedName = _pins->nameOf(info.id).value_or(std::string{});
	return info;
}

std::vector<PeerInfo> NodeCore::peers() const
{
	std::vector<PeerInfo> result;
	for (const auto& [id, record] : _peers)
		result.push_back(snapshot(record));
	return result;
}

void NodeCore::tellPeer(const PeerRecord& record)
{
	const auto info = snapshot(record);
	_observers.tell([&info](NodeObserver& observer) { observer.peerChanged(info); });
}

/// Names come from the rendezvous: a link that is up keeps the one that it has rather than take one that is
/// pinned to somebody else, and does not end for it.
void NodeCore::keepName(PeerOffer& offer)
{
	const auto* record = find(offer.peer);
	if (!record || !linked(record->info.link) || !bearsPinnedName(offer.peer, offer.name))
		return;
	PeerInfo claimed = record->info;
	claimed.name = std::exchange(offer.name, record->info.name);
	_metrics.refused(LinkRefusal::IdentityChanged);
	say(_identityAlarms, Poco::Message::PRIO_ERROR, fmt::format("renamed {} {}", offer.peer, claimed.name),
		refusalAlarm(claimed, LinkRefusal::IdentityChanged) +
			fmt::format(" It was called {} until now and goes on under that name.", label(record->info)));
}

/// Takes over what an offer says. @return False if the offer is not to be followed.
bool NodeCore::adopt(PeerRecord& record, const PeerOffer& offer, Transport& transport)
{
	if (record.transport && record.transport != &transport)
	{
		// What a rendezvous says does not take the encryption from a link that is up.
		if (linked(record.info.link) && record.transport->encrypts() && !transport.encrypts())
			return false;
		std::exchange(record.transport, nullptr)->disconnect(offer.peer);
	}
	if (record.info.id.empty() || record.info.link.state == LinkState::Refused)
	{
		record.info = PeerInfo{};
		record.info.since = wallTime();
	}
	record.info.id = offer.peer;
	record.info.name = offer.name;
	record.info.transport = offer.transport;
	record.info.present = true;
	record.transport = &transport;
	record.forget.cancel();
	return true;
}

/// Somebody who joins and leaves under ever new ids must not fill the memory.
bool NodeCore::makeRoom()
{
	if (_peers.size() < _options.maxPeers)
		return true;
	const auto idle = std::find_if(_peers.begin(), _peers.end(),
		[](const auto& entry) { return !entry.second.info.present && !linked(entry.second.info.link); });
	if (idle == _peers.end())
		return false;
	forget(PeerId{idle->first});
	return true;
}

void NodeCore::peerIncompatible(Signaling&, const PeerId& peer, const std::string& detail)
{
	const auto text = fmt::format("cannot link with {}: {}", printable(peer, 64), printable(detail));
	say(_warnings, Poco::Message::PRIO_WARNING, text, text);
}

/// Logs something and shows it to everybody, once, and not too much in a while.
void NodeCore::say(
	AlarmFilter& filter, Poco::Message::Priority priority, const std::string& what, const std::string& text)
{
	const auto verdict = filter.admit(what, _loop.now());
	if (verdict == AlarmFilter::Verdict::Silent)
		return _metrics.unsaid();
	const auto* more = verdict == AlarmFilter::Verdict::SayLast
						   ? " (More of this kind is only counted for a while: gimlet_node_unsaid_total.)"
						   : "";
	log(_logger, priority, text + more);
	_observers.tell([&text](NodeObserver& observer) { observer.notice(text); });
}

void NodeCore::linkChanged(Transport& from, const PeerId& peer, const LinkStatus& status)
{
	auto* record = find(peer);
	if (!record || record->transport != &from)
		return;
	if (linked(status) && !status.proven && mustProve(peer))
		return refuse(record->used.from, PeerOffer{record->used.offer}, LinkRefusal::Unproven);
	const auto before = record->info.link.state;
	const auto wayBefore = wayOf(record->info.link);
	record->info.link = status;
	if (before != status.state)
	{
		record->info.since = wallTime();
		if (status.state == LinkState::Up)
			linkCameUp(*record);
		else if (status.state == LinkState::Silent || status.state == LinkState::Lost)
			linkWentDown(*record);
		scheduleForgetting(*record);
		watchOffers(*record);
	}
	else if (status.state == LinkState::Up && wayBefore != wayOf(status))
		wayChanged(*record);
	countLink(*record);
	tellPeer(*record);
}

/// Keeps the count of links by trust.
void NodeCore::countLink(PeerRecord& record)
{
	const auto trust = linked(record.info.link) ? std::optional{trustOf(record.info)} : std::nullopt;
	if (trust != record.counted)
		_metrics.linkCounts(std::exchange(record.counted, trust), trust);
}

void NodeCore::linkCameUp(PeerRecord& record)
{
	const auto& link = record.info.link;
	record.used.failures = 0;
	for (auto& other : record.others)
		other.failures = 0;
	const auto way = wayOf(link);
	logInformation(_logger,
		fmt::format("link with {} is up{}{}, {}, {}", label(record.info),
			way == LinkWay::Direct    ? ", direct: "
			: way == LinkWay::Relayed ? ", relayed by "
									  : "",
			way == LinkWay::Relayed ? relayOf(link) : link.remote.toString(), record.info.transport,
			secrecy(link, trustOf(record.info))),
		{{"peer", record.info.id}});
	_outbox.rewind(record.info.id);
	flush(record);
}

/// Says which way a link goes that was up and stays up.
void NodeCore::wayChanged(PeerRecord& record)
{
	const auto& link = record.info.link;
	const auto way = wayOf(link);
	if (way == LinkWay::Unknown)
		return;
	const auto verdict = record.ways.admit(std::to_string(++record.wayChanges), _loop.now());
	if (verdict == AlarmFilter::Verdict::Silent)
		return _metrics.unsaid();
	const auto* more =
		verdict == AlarmFilter::Verdict::SayLast
			? " (It changes often; for a while that is only counted: gimlet_node_unsaid_total.)"
			: "";
	logInformation(_logger,
		fmt::format("link with {} is {} now{}{}{}", label(record.info),
			way == LinkWay::Relayed ? "relayed" : "direct", way == LinkWay::Relayed ? ", by " : ": ",
			way == LinkWay::Relayed ? relayOf(link) : link.remote.toString(), more),
		{{"peer", record.info.id}});
}

/// Who relays a link, for people. The addresses by which relays name their sessions say nothing to them.
std::string NodeCore::relayOf(const LinkStatus& link) const
{
	const auto& candidates = _candidates.all();
	const auto own = std::find_if(candidates.begin(), candidates.end(),
		[&link](const Candidate& candidate)
		{ return candidate.type == CandidateType::Relayed && candidate.endpoint == link.local; });
	if (link.localType == CandidateType::Relayed && own != candidates.end())
		return own->source;
	const auto& relay = link.localType == CandidateType::Relayed ? link.local : link.remote;
	return !relay.valid() || relay.isDiscardOnly() ? "a relay" : relay.toString();
}

void NodeCore::linkWentDown(PeerRecord& record)
{
	const auto& link = record.info.link;
	logWarning(_logger,
		fmt::format("link with {} is {}: {}", label(record.info), toString(link.state), link.reason),
		{{"peer", record.info.id}});
	refreshDiscoveries();
}

void NodeCore::scheduleForgetting(PeerRecord& record)
{
	if (record.info.present || linked(record.info.link))
		record.forget.cancel();
	else
		record.forget = _loop.after(_options.forgetAfter, [this, peer = record.info.id] { forget(peer); });
}

void NodeCore::forget(const PeerId& peer)
{
	auto* record = find(peer);
	if (!record)
		return;
	if (record->transport)
		record->transport->disconnect(peer);
	record->info.link = {};
	countLink(*record);
	_peers.erase(peer);
	for (const auto& message : _outbox.forget(peer))
		tellDelivery(peer, message.id, Delivery::Failed, "the peer is gone");
	_observers.tell([&peer](NodeObserver& observer) { observer.peerForgotten(peer); });
}

const PeerId& NodeCore::ownId() const
{
	return _options.id;
}

}
