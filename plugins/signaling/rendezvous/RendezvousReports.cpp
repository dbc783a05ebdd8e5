// What the client tells, as the node and people hear of it.
#include "node/api/Log.h"
#include "plugins/signaling/rendezvous/RendezvousSignaling.h"

namespace gimlet::rendezvous_client
{

void RendezvousSignaling::handle(const StateChanged& change)
{
	_metrics.state(change.state);
	if (change.state == SignalingState::Online)
	{
		_context.setState(PluginState::Ready, "");
		logInformation(_context.logger(), change.detail);
	}
	else if (change.state == SignalingState::Connecting)
		report({.topic = "rendezvous", .text = "no answer yet", .pending = true});
	else
		report({.topic = "rendezvous",
			.verdict = NetworkFact::Verdict::Bad,
			.text = change.detail,
			.value = change.state == SignalingState::Refused ? "refused" : ""});
	_context.signalingHost().signalingState(*this, change.state, change.detail);
}

void RendezvousSignaling::handle(const RoundTrip& measured)
{
	report({.topic = "rendezvous",
		.verdict = NetworkFact::Verdict::Good,
		.text = "answers",
		.roundTrip = measured.time});
}

void RendezvousSignaling::report(NetworkFact fact)
{
	fact.subject = _settings.url.host;
	_context.report(fact);
}

void RendezvousSignaling::handle(const RelayPlaced& placed)
{
	_placed = placed;
	_relay.use(_placed, _settings, _credentials.iamToken());
}

void RendezvousSignaling::handle(const TurnHandedOut& turn)
{
	_context.signalingHost().relayServers(*this, turn.servers);
}

void RendezvousSignaling::handle(const Complaint& complaint)
{
	_context.setState(PluginState::Degraded, complaint.text);
}

void RendezvousSignaling::handle(const Note& note)
{
	if (note.warning)
		logWarning(_context.logger(), note.text);
	else
		logInformation(_context.logger(), note.text);
}

void RendezvousSignaling::handle(const PeerOffer& offer)
{
	_context.signalingHost().peerOffered(*this, offer);
}

void RendezvousSignaling::handle(const SignalArrived& signal)
{
	_context.signalingHost().signalReceived(*this, signal.peer, signal.session, signal.data);
}

void RendezvousSignaling::handle(const PeerGone& gone)
{
	_context.signalingHost().peerLeft(*this, gone.peer);
}

void RendezvousSignaling::handle(const PeerStranger& stranger)
{
	_context.signalingHost().peerIncompatible(*this, stranger.peer, stranger.detail);
}

}
