#include "plugins/signaling/rendezvous/Metrics.h"

#include <string>

#include "plugins/signaling/rendezvous/MetricKinds.h"

namespace gimlet::rendezvous_client
{

Metrics::Metrics(prometheus::Registry& registry) :
	_online(&gauge(registry, "online", "1 while connected to the rendezvous.")),
	_roundTrip(&gauge(registry, "round_trip_seconds", "The last WebSocket ping and its pong."))
{
	_connections = &counters(registry, "connections_total", "Connections to the rendezvous made.").Add({});
	_failures = &counters(registry, "failures_total", "Connections lost, and attempts that failed.").Add({});
	auto& messages = counters(registry, "messages_total", "Messages by direction.");
	_sent = &messages.Add({{"direction", "sent"}});
	_received = &messages.Add({{"direction", "received"}});
	auto& ignored = counters(
		registry, "ignored_messages_total", "Messages, or parts of them, received and not acted upon.");
	_malformed = &ignored.Add({{"reason", "malformed"}});
	_unknown = &ignored.Add({{"reason", "unknown_type"}});
	_skipped = &ignored.Add({{"reason", "malformed_part"}});
	_refusedSignals =
		&counters(registry, "refused_signals_total", "Signals that the rendezvous could not deliver.")
			 .Add({});
}

void Metrics::update(
	const RendezvousClient::Counters& now, const PersistentConnection::Counters& connectionNow)
{
	increase(_connections, _connectionBefore.connections, connectionNow.connections);
	increase(_failures, _connectionBefore.failures, connectionNow.failures);
	increase(_sent, _before.sent, now.sent);
	increase(_received, _before.received, now.received);
	increase(_malformed, _before.malformed, now.malformed);
	increase(_unknown, _before.unknown, now.unknown);
	increase(_skipped, _before.skipped, now.skipped);
	increase(_refusedSignals, _before.refusedSignals, now.refusedSignals);
	_roundTrip->Set(std::chrono::duration<double>(connectionNow.roundTrip).count());
	_before = now;
	_connectionBefore = connectionNow;
}

void Metrics::state(SignalingState state)
{
	_online->Set(state == SignalingState::Online ? 1 : 0);
}

}
