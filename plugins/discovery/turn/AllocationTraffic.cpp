// The datagrams that an AllocationMachine carries, there and back (RFC 8656, sections 11 and 12).
#include <algorithm>
#include <array>
#include <utility>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/discovery/turn/AllocationMachine.h"

namespace gimlet::turn
{

using namespace stun;

namespace
{

/// An address of some network's own, that means nothing elsewhere.
bool isInside(const Endpoint& endpoint)
{
	return endpoint.isPrivate() || endpoint.isLoopback() || endpoint.isLinkLocal();
}

/// Not only in vain: coturn (4.6.1, measured) ends the whole allocation when its machine has no route to a
/// peer.
bool leadsTo(const Endpoint& relayed, const Endpoint& peer)
{
	return relayed.family() == peer.family() && (isInside(relayed) || !isInside(peer));
}

}

bool AllocationMachine::reaches(const Endpoint& peer) const
{
	return _state == State::Allocated && peer.port() != 0 && peer.isUnicast() && !peer.isDiscardOnly() &&
		   std::any_of(
			   _relayed.begin(), _relayed.end(), [&](const auto& relayed) { return leadsTo(relayed, peer); });
}

std::optional<std::size_t> AllocationMachine::wrap(
	ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out, TimePoint now)
{
	if (!reaches(peer))
	{
		++_counters.unreachable;
		return std::nullopt;
	}
	const auto use = _permissions.use(peer, now);
	if (use.ask)
		begin({.method = method::CREATE_PERMISSION, .peer = peer}, now);
	switch (use.answer)
	{
	case Permissions::Answer::Granted:
		return wrapNow(datagram, peer, out, now);
	case Permissions::Answer::Wait:
		return keep(datagram, peer);
	case Permissions::Answer::Denied:
		++_counters.denied;
		return std::nullopt;
	default:
		++_counters.full;
		return std::nullopt;
	}
}

std::optional<std::size_t> AllocationMachine::wrapNow(
	ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out, TimePoint now)
{
	if (const auto binding = _channels.wanted(peer, now))
		begin({.method = method::CHANNEL_BIND, .peer = peer, .channel = binding->number}, now);
	const auto channel = _channels.use(peer, now);
	const auto size = channel ? writeChannelData(out, *channel, datagram, _carrier == Carrier::Stream)
							  : writeIndication(datagram, peer, out);
	if (size == 0)
	{
		++_counters.tooLarge;
		return std::nullopt;
	}
	++(channel ? _counters.sentOnChannels : _counters.sentIndications);
	_counters.sentBytes += datagram.size();
	return size;
}

std::size_t AllocationMachine::writeIndication(
	ByteView datagram, const Endpoint& peer, std::span<std::uint8_t> out) const
{
	return MessageBuilder(out, MessageClass::Indication, method::SEND, _random.transactionId())
		.xorAddress(peer, attribute::XOR_PEER_ADDRESS)
		.add(attribute::DATA, datagram)
		.finish()
		.size();
}

std::optional<std::size_t> AllocationMachine::keep(ByteView datagram, const Endpoint& peer)
{
	const auto ofThisOne = std::count_if(_waiting.begin(), _waiting.end(),
		[&](const auto& waiting) { return waiting.peer.sameAddress(peer); });
	if (_waiting.size() >= limits::WAITING || static_cast<std::size_t>(ofThisOne) >= limits::WAITING_OF_ONE)
	{
		++_counters.full;
		return std::nullopt;
	}
	_waiting.push_back({peer, Buffer(datagram.begin(), datagram.end())});
	return 0;
}

void AllocationMachine::sendWaiting(const Endpoint& peer, TimePoint now)
{
	for (auto& waiting : _waiting)
	{
		if (!waiting.peer.sameAddress(peer))
			continue;
		Buffer message(waiting.datagram.size() + 100);
		if (const auto size = wrapNow(waiting.datagram, waiting.peer, message, now))
		{
			message.resize(*size);
			_ready.push_back(std::move(message));
		}
	}
	std::erase_if(_waiting, [&](const auto& waiting) { return waiting.peer.sameAddress(peer); });
}

void AllocationMachine::dropWaiting(const Endpoint& peer)
{
	_counters.abandoned +=
		std::erase_if(_waiting, [&](const auto& waiting) { return waiting.peer.sameAddress(peer); });
}

std::optional<Received> AllocationMachine::onDatagram(ByteView message, const Endpoint& source, TimePoint now)
{
	if (_state == State::Over)
		return std::nullopt;
	if (source != _server)
	{
		++_counters.foreign;
		return std::nullopt;
	}
	if (!message.empty() && isChannelData(message[0]))
		return onChannelData(message, now);
	const auto view = MessageView::parse(message);
	if (!view)
	{
		++_counters.malformed;
		return std::nullopt;
	}
	switch (view->messageClass())
	{
	case MessageClass::Indication:
		return onIndication(*view, now);
	case MessageClass::SuccessResponse:
	case MessageClass::ErrorResponse:
		onResponse(*view, now);
		return std::nullopt;
	default:
		++_counters.unasked;
		return std::nullopt;
	}
}

std::optional<Received> AllocationMachine::onChannelData(ByteView message, TimePoint now)
{
	const auto data = parseChannelData(message);
	if (!data)
	{
		++_counters.malformed;
		return std::nullopt;
	}
	const auto peer = _channels.received(data->number);
	if (!peer || !_permissions.heard(*peer, now))
	{
		++_counters.unasked;
		return std::nullopt;
	}
	_lastHeard = now;
	++_counters.receivedOnChannels;
	_counters.receivedBytes += data->data.size();
	return Received{*peer, data->data};
}

/// RFC 8656, section 11.4: a Data indication, and "it SHOULD check that the XOR-PEER-ADDRESS attribute value
/// contains an IP address with which the client believes there is an active permission".
std::optional<Received> AllocationMachine::onIndication(const MessageView& message, TimePoint now)
{
	constexpr std::array KNOWN{attribute::XOR_PEER_ADDRESS, attribute::DATA};
	std::array<std::uint16_t, 1> unknown{};
	const auto peer = message.xorAddress(attribute::XOR_PEER_ADDRESS);
	const auto data = message.find(attribute::DATA);
	if (message.method() != method::DATA || !peer || message.unknownRequired(KNOWN, unknown) != 0 ||
		(!data && !message.has(attribute::ICMP)))
	{
		++_counters.malformed;
		return std::nullopt;
	}
	if (!_permissions.heard(*peer, now))
	{
		++_counters.unasked;
		return std::nullopt;
	}
	_lastHeard = now;
	if (!data)
		return std::nullopt; // section 11.5: an ICMP message came of what was sent there; ICE finds out
							 // itself
	_channels.heard(*peer, now);
	++_counters.receivedIndications;
	_counters.receivedBytes += data->size();
	return Received{*peer, *data};
}

}
