// The part of NodeCore that deals with messages: what is accepted, sent, acknowledged, received.
#include <Poco/UUIDGenerator.h>

#include <utility>

#include "node/core/NodeCore.h"
#include "node/core/PeerText.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

constexpr std::size_t LONGEST_MESSAGE_ID = 64;

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
		auto* record = find(*to);
		if (record && record->info.link.state != LinkState::Refused)
			return {record};
		outcome.refusal = record ? Refusal::NotConnected : Refusal::UnknownPeer;
		outcome.error = record ? "This peer is refused, so nothing is sent to it." : "No such peer.";
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

/// Hands waiting messages to the transport, oldest first, for as long as it takes them. While it takes one, a
/// transport may tell what it has just heard (the link is up, it is writable again), which leads here once
/// more; the call that is under way then goes on instead, or messages would overtake each other.
void NodeCore::flush(PeerRecord& record)
{
	record.flushWanted = true;
	if (std::exchange(record.flushing, true))
		return;
	struct Ended
	{
		bool& flushing;
		~Ended()
		{
			flushing = false;
		}
	} const ended{record.flushing};
	while (std::exchange(record.flushWanted, false))
		while (handOverNext(record))
		{
		}
}

/// @return Whether the next one may be tried.
bool NodeCore::handOverNext(PeerRecord& record)
{
	const auto& peer = record.info.id;
	const auto* waiting = record.transport && linked(record.info.link) ? _outbox.next(peer) : nullptr;
	if (!waiting)
		return false;
	// A copy: an acknowledgement that comes meanwhile takes it out of the outbox.
	const auto message = *waiting;
	auto& transport = *record.transport;
	switch (transport.send(peer, message))
	{
	case SendResult::Sent:
	{
		const bool awaited = transport.status(peer).acknowledges;
		if (_outbox.handedOver(peer, message.id, awaited))
			tellDelivery(peer, message.id, awaited ? Delivery::Sent : Delivery::Unconfirmed, "");
		return true;
	}
	case SendResult::TooLarge:
		if (_outbox.dropNext(peer, message.id))
			tellDelivery(peer, message.id, Delivery::Failed, transport.tooLarge(peer, message));
		return true;
	case SendResult::NotLinked:
	case SendResult::Congested:
		break;
	}
	return false;
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
