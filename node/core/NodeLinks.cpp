// The part of NodeCore that deals with peers: offers, links, messages.
#include <Poco/UUIDGenerator.h>

#include <algorithm>

#include "node/api/Log.h"
#include "node/core/NodeCore.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

constexpr std::size_t LONGEST_MESSAGE_ID = 64;

WallTime wallTime()
{
	return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

/// How a peer is called in the log: by its name and as much of its id as tells it from others.
std::string label(const PeerInfo& peer)
{
	constexpr std::size_t SHORT_ID = 8;
	const auto id = peer.id.substr(0, SHORT_ID);
	return peer.name.empty() ? id : fmt::format("{} ({})", printable(peer.name, 64), id);
}

bool linked(const LinkStatus& link)
{
	return link.state == LinkState::Up || link.state == LinkState::Silent;
}

}

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

void NodeCore::check(const std::string& content, const std::string& id, SendOutcome& outcome) const
{
	const auto refuse = [&outcome](Refusal refusal, std::string error)
	{
		outcome.refusal = refusal;
		outcome.error = std::move(error);
	};
	if (content.find_first_not_of(" \t\r\n") == std::string::npos)
		refuse(Refusal::Empty, "Cannot send empty message.");
	else if (!json::isUtf8(content))
		refuse(Refusal::BadText, "The message is not valid UTF-8.");
	else if (id.size() > LONGEST_MESSAGE_ID || !json::isUtf8(id))
		refuse(Refusal::BadText, fmt::format("A message id has at most {} bytes.", LONGEST_MESSAGE_ID));
	else if (_sentIds.contains(outcome.id))
		refuse(Refusal::BadText, "A message with this id was already accepted.");
}

std::vector<NodeCore::PeerRecord*> NodeCore::addressees(const std::optional<PeerId>& to, SendOutcome& outcome)
{
	std::vector<PeerRecord*> result;
	if (to)
	{
		if (auto* record = find(*to))
			return {record};
		outcome.refusal = Refusal::UnknownPeer;
		outcome.error = "No such peer.";
		return result;
	}
	for (auto& [id, record] : _peers)
		if (linked(record.info.link))
			result.push_back(&record);
	if (result.empty())
	{
		outcome.refusal = Refusal::NotConnected;
		outcome.error = "Not connected to a P2P peer.";
	}
	return result;
}

std::vector<NodeCore::PeerRecord*> NodeCore::accept(
	const std::optional<PeerId>& to, const ChatMessage& message, SendOutcome& outcome)
{
	std::vector<PeerRecord*> accepted;
	for (auto* record : addressees(to, outcome))
	{
		const auto& peer = record->info.id;
		const auto tooLarge = record->transport ? record->transport->tooLarge(peer, message) : std::string{};
		if (!tooLarge.empty())
		{
			outcome.refusal = Refusal::TooLarge;
			outcome.error = tooLarge;
		}
		else if (!_outbox.add(peer, message))
		{
			outcome.refusal = Refusal::Full;
			outcome.error = fmt::format("Too many messages wait for {}.", label(record->info));
		}
		else
			accepted.push_back(record);
	}
	return accepted;
}

Node::SendOutcome NodeCore::send(
	const std::optional<PeerId>& to, const std::string& content, const std::string& id, NodeObserver* origin)
{
	SendOutcome outcome;
	outcome.id = id.empty() ? Poco::UUIDGenerator::defaultGenerator().createRandom().toString() : id;
	check(content, id, outcome);
	if (outcome.refusal != Refusal::None)
		return outcome;

	const ChatMessage message{outcome.id, content, wallTime()};
	for (const auto* record : accept(to, message, outcome))
		outcome.accepted.push_back(record->info.id);
	if (outcome.accepted.empty())
		return outcome;
	outcome.refusal = Refusal::None;
	_sentIds.insert(outcome.id);
	_observers.tell([&](NodeObserver& observer) { observer.messageSent(outcome.accepted, message, origin); });
	for (const auto& peer : outcome.accepted)
	{
		auto* record = find(peer); // gone if sending to an earlier one ended it
		if (!record)
			continue;
		if (!linked(record->info.link))
			tellDelivery(peer, outcome.id, Delivery::Queued, "the link is not up");
		flush(*record);
	}
	return outcome;
}

/// Hands waiting messages to the transport, oldest first, for as long as it takes them.
void NodeCore::flush(PeerRecord& record)
{
	const PeerId peer = record.info.id;
	while (record.transport && linked(record.info.link))
	{
		const auto* waiting = _outbox.next(peer);
		if (!waiting)
			return;
		const auto id = waiting->id;
		switch (record.transport->send(peer, *waiting))
		{
		case SendResult::Sent:
		{
			const bool awaited = record.transport->status(peer).acknowledges;
			_outbox.handedOver(peer, awaited);
			tellDelivery(peer, id, awaited ? Delivery::Sent : Delivery::Unconfirmed, "");
			break;
		}
		case SendResult::TooLarge:
		{
			const auto dropped = _outbox.dropNext(peer);
			tellDelivery(peer, id, Delivery::Failed, record.transport->tooLarge(peer, dropped));
			break;
		}
		case SendResult::NotLinked:
		case SendResult::Congested:
			return;
		}
	}
}

void NodeCore::writable(Transport&, const PeerId& peer)
{
	if (auto* record = find(peer))
		flush(*record);
}

void NodeCore::messageAcknowledged(Transport&, const PeerId& peer, const std::string& id)
{
	if (_outbox.acknowledged(peer, id))
		tellDelivery(peer, id, Delivery::Delivered, "");
}

void NodeCore::messageReceived(Transport& from, const PeerId& peer, const ChatMessage& message)
{
	auto* record = find(peer);
	if (!record || record->transport != &from)
		return;
	if (!message.id.empty() && !record->received.insert(message.id))
		return; // sent again over a new link, because our acknowledgement was lost
	const auto now = wallTime();
	_observers.tell([&](NodeObserver& observer) { observer.messageReceived(peer, message, now); });
}

void NodeCore::tellDelivery(
	const PeerId& peer, const std::string& id, Delivery delivery, const std::string& detail)
{
	_observers.tell([&](NodeObserver& observer) { observer.deliveryChanged(peer, id, delivery, detail); });
}

}
