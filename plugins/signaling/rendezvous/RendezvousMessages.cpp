// The part of RendezvousClient that speaks docs/PROTOCOL.md, section 1.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "node/api/Log.h"
#include "node/protocol/rendezvous/Names.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"

namespace gimlet::rendezvous_client
{

namespace
{

/// Why there is no link with somebody who speaks these transports, and what to set. The server's own sentence
/// is not shown: it may say anything.
std::string cure(const std::vector<std::string>& transports)
{
	if (transports.empty())
		return "it speaks no transport";
	const auto& wanted = transports.front(); // the one that it likes best
	// A plugin, its section and what it speaks have one name.
	return fmt::format("it speaks {} only; add {} to [node] plugins to talk with it{}",
		fmt::join(transports, ", "), wanted.substr(0, wanted.find('/')),
		wanted == rendezvous::PLAIN_TRANSPORT ? " without encryption" : "");
}

}

void RendezvousClient::announceHello()
{
	_announced = {};
	_announced.name = _description.name;
	_announced.transports = _description.transports;
	const auto& name = _description.name;
	send(rendezvous::encode(rendezvous::Hello{.protocol = rendezvous::PROTOCOL,
		.transports = _description.transports,
		.name = rendezvous::isName(name) ? name : std::string{}}));
}

void RendezvousClient::announceAddresses()
{
	if (!_description.publicAddress.empty() && _announced.publicAddress != _description.publicAddress)
	{
		_announced.publicAddress = _description.publicAddress;
		send(rendezvous::encode(rendezvous::RegisterPublicIp{_description.publicAddress}));
	}
	if (_description.endpoint && _announced.endpoint != _description.endpoint)
	{
		_announced.endpoint = _description.endpoint;
		send(rendezvous::encode(rendezvous::UpdateUdpEndpoint{*_description.endpoint, {}}));
	}
}

void RendezvousClient::send(const std::string& message)
{
	_connection.sendText(message);
	++_counters.sent;
}

void RendezvousClient::onMessage(std::string_view text)
{
	++_counters.received;
	if (!_messages.take(MESSAGES, _now))
	{
		_connection.sayGoodbye(websocket::POLICY_VIOLATION, "too many messages");
		_connection.fail({.reason = "the rendezvous sends more messages than can be right",
							 .state = SignalingState::Refused,
							 .pause = std::chrono::seconds{60}},
			_now);
		return;
	}
	std::string error;
	const auto message = rendezvous::decodeServerMessage(text, error);
	if (!message)
	{
		++_counters.malformed;
		return;
	}
	std::visit([this](const auto& known) { take(known); }, *message);
}

void RendezvousClient::take(const rendezvous::Offer& offer)
{
	if (offer.peer == _identity.id())
		return;
	_members.offered(offer.peer);
	emit(PeerOffer{.peer = offer.peer,
		.name = offer.name,
		.transport = offer.transport.empty() ? std::string{rendezvous::PLAIN_TRANSPORT} : offer.transport,
		.session = offer.session,
		.room = _options.room,
		.endpoint = offer.endpoint,
		.ours = offer.hello,
		.overLoopback = _overLoopback,
		.seen = seenAt(offer)});
}

/// From where the peer is connected, unless nobody out there can have such an address.
std::vector<Endpoint> RendezvousClient::seenAt(const rendezvous::Offer& offer) const
{
	if (!offer.seen || !offer.seen->isUnicast() || offer.seen->isLinkLocal() || offer.seen->isDiscardOnly() ||
		(offer.seen->isLoopback() && !_overLoopback))
		return {};
	return {*offer.seen};
}

void RendezvousClient::take(const rendezvous::Signal& signal)
{
	emit(SignalArrived{signal.peer, signal.session, std::string{signal.data}});
}

void RendezvousClient::take(const rendezvous::SignalFailed&)
{
	++_counters.refusedSignals;
}

void RendezvousClient::take(const rendezvous::PeerLeft& left)
{
	if (_members.left(left.peer))
		emit(PeerGone{left.peer});
}

void RendezvousClient::take(const rendezvous::PeerIncompatible& stranger)
{
	emit(PeerStranger{stranger.peer, cure(stranger.transports)});
}

void RendezvousClient::take(const rendezvous::Welcome& welcome)
{
	if (welcome.protocol != rendezvous::PROTOCOL)
		emit(Note{fmt::format("the rendezvous speaks protocol {}, this node {}", welcome.protocol,
					  rendezvous::PROTOCOL),
			true});
	noteSkipped(welcome.skipped);
	emit(RelayPlaced{welcome.relay});
	take(welcome.turn);
}

void RendezvousClient::take(const rendezvous::TurnServers& turn)
{
	noteSkipped(turn.skipped);
	TurnHandedOut all;
	for (const auto& server : turn.servers)
		for (const auto& url : server.urls)
			all.servers.push_back({.url = url, .user = server.username, .password = server.credential});
	if (all.servers.empty() && !_turn)
		return;
	_turn = !all.servers.empty();
	emit(std::move(all));
}

void RendezvousClient::noteSkipped(const std::string& why)
{
	if (why.empty())
		return;
	++_counters.skipped;
	if (!std::exchange(_skipNoted, true))
		emit(Note{fmt::format("something that the rendezvous offers is left out: {}", why), true});
}

void RendezvousClient::take(const rendezvous::UdpEndpointAck& ack)
{
	if (ack.ok() || ack.status == _lastNote || !ack.status.starts_with("error"))
		return;
	_lastNote = ack.status;
	emit(Note{"the rendezvous does not take this node's UDP endpoint: " + printable(ack.status, 200), true});
}

void RendezvousClient::take(const rendezvous::Error& error)
{
	if (error.code == _lastNote)
		return;
	_lastNote = error.code;
	emit(Note{fmt::format("the rendezvous objects: {} ({})", printable(error.message, 200),
				  printable(error.code, 40)),
		true});
}

void RendezvousClient::take(const rendezvous::Challenge& challenge)
{
	// One a connection: we are no oracle.
	const auto host = identity::proofHost(_options.url.hostHeader());
	if (_proven || !host)
		return;
	_proven = true;
	identity::Registration registration{.host = *host,
		.serverNonce = challenge.nonce,
		.clientNonce = {},
		.id = _identity.id(),
		.room = _options.room};
	_randomness.bytes(registration.clientNonce);
	const auto text = identity::registrationText(registration);
	const auto key = _identity.publicKey();
	send(rendezvous::encode(rendezvous::Prove{.publicKey = {key.begin(), key.end()},
		.clientNonce = registration.clientNonce,
		.host = registration.host,
		.signature = _identity.sign(asBytes(text)),
		.yield = _yields}));
}

void RendezvousClient::take(const rendezvous::Unknown&)
{
	++_counters.unknown;
}

}
