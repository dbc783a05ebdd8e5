// The part of NodeCore that deals with peers: offers and links.
#include <algorithm>

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

void NodeCore::peerOffered(Signaling& from, const PeerOffer& offer)
{
	if (offer.peer == _options.id)
		return;
	if (!mayLink(offer.peer))
	{
		logWarning(_logger, fmt::format("{} is in the room but not in [node] peers: not linking with it",
								printable(offer.peer, 64)));
		return;
	}
	auto* transport = transportOf(offer.transport);
	if (!transport)
	{
		peerIncompatible(from, offer.peer, "it was offered for " + offer.transport);
		return;
	}
	if (!find(offer.peer) && !makeRoom())
	{
		logWarning(_logger, fmt::format("{} peers are linked: no room for another one", _peers.size()));
		return;
	}
	auto& record = _peers[offer.peer];
	if (record.info.id.empty())
		record.info.since = wallTime();
	record.info.id = offer.peer;
	record.info.name = offer.name;
	record.info.transport = offer.transport;
	record.info.present = true;
	record.transport = transport;
	record.signaling = &from;
	record.forget.cancel();
	transport->connect(offer);
	tellPeer(record);
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

void NodeCore::signalReceived(
	Signaling&, const PeerId& peer, const std::string& session, const std::string& data)
{
	const auto* record = find(peer);
	if (record && record->transport)
		record->transport->signalReceived(peer, session, data);
}

bool NodeCore::signal(Transport&, const PeerId& peer, const std::string& session, const std::string& data)
{
	const auto* record = find(peer);
	return record && record->signaling && record->signaling->sendSignal(peer, session, data);
}

void NodeCore::peerLeft(Signaling&, const PeerId& peer)
{
	auto* record = find(peer);
	if (!record)
		return;
	logInformation(_logger, fmt::format("{} left the room", label(record->info)));
	record->info.present = false;
	if (record->transport)
		record->transport->peerLeft(peer);
	scheduleForgetting(*record);
	tellPeer(*record);
}

void NodeCore::peerIncompatible(Signaling&, const PeerId& peer, const std::string& detail)
{
	const auto text = fmt::format("cannot link with {}: {}", printable(peer, 64), printable(detail));
	logWarning(_logger, text);
	notice(text);
}

void NodeCore::signalingState(Signaling&, SignalingState state, const std::string& detail)
{
	if (state == _signalingState && detail == _signalingDetail)
		return;
	_signalingState = state;
	_signalingDetail = detail;
	_observers.tell([&](NodeObserver& observer) { observer.signalingChanged(state, detail); });
}

void NodeCore::linkChanged(Transport& from, const PeerId& peer, const LinkStatus& status)
{
	auto* record = find(peer);
	if (!record || record->transport != &from)
		return;
	const auto before = record->info.link.state;
	record->info.link = status;
	if (before != status.state)
	{
		record->info.since = wallTime();
		if (status.state == LinkState::Up)
			linkCameUp(*record);
		else if (status.state == LinkState::Silent || status.state == LinkState::Lost)
			linkWentDown(*record);
		scheduleForgetting(*record);
	}
	tellPeer(*record);
}

void NodeCore::linkCameUp(PeerRecord& record)
{
	const auto& link = record.info.link;
	logInformation(_logger,
		fmt::format("link with {} is up: {}, {}{}", label(record.info), link.remote.toString(),
			record.info.transport, link.encrypted ? "" : ", not encrypted"),
		{{"peer", record.info.id}});
	_outbox.rewind(record.info.id);
	flush(record);
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
	_peers.erase(peer);
	for (const auto& message : _outbox.forget(peer))
		tellDelivery(peer, message.id, Delivery::Failed, "the peer is gone");
	_observers.tell([&peer](NodeObserver& observer) { observer.peerForgotten(peer); });
}

const PeerId& NodeCore::ownId() const
{
	return _options.id;
}

bool NodeCore::mayLink(const PeerId& peer) const
{
	return _options.peers.empty() || _options.peers.contains(peer);
}

}
