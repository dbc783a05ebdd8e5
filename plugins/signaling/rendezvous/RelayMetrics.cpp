#include "plugins/signaling/rendezvous/RelayMetrics.h"

#include <string>

#include "plugins/signaling/rendezvous/MetricKinds.h"

namespace gimlet::rendezvous_client
{

RelayMetrics::RelayMetrics(prometheus::Registry& registry) :
	_online(&gauge(registry, "relay_online", "1 while connected to the rendezvous' relay.")),
	_roundTrip(&gauge(registry, "relay_round_trip_seconds", "The last WebSocket ping there and its pong."))
{
	_connections = &counters(registry, "relay_connections_total", "Connections to the relay made.").Add({});
	_failures =
		&counters(registry, "relay_failures_total", "Connections to it lost, and attempts that failed.")
			 .Add({});
	auto& datagrams = counters(registry, "relay_datagrams_total", "Datagrams by direction.");
	_sent = &datagrams.Add({{"direction", "sent"}});
	_received = &datagrams.Add({{"direction", "received"}});
	auto& bytes = counters(registry, "relay_bytes_total", "Bytes in these datagrams.");
	_sentBytes = &bytes.Add({{"direction", "sent"}});
	_receivedBytes = &bytes.Add({{"direction", "received"}});
	auto& dropped = counters(registry, "relay_dropped_datagrams_total", "Datagrams dropped, by reason.");
	_notConnected = &dropped.Add({{"reason", "not_connected"}});
	_tooLong = &dropped.Add({{"reason", "length"}});
	_congested = &dropped.Add({{"reason", "congested"}});
	_malformed = &dropped.Add({{"reason", "malformed"}});
}

void RelayMetrics::update(const RelayClient& client)
{
	_online->Set(client.isOpen() ? 1 : 0);
	const auto& now = client.counters();
	increase(_sent, _before.sent, now.sent);
	increase(_received, _before.received, now.received);
	increase(_sentBytes, _before.sentBytes, now.sentBytes);
	increase(_receivedBytes, _before.receivedBytes, now.receivedBytes);
	increase(_notConnected, _before.notConnected, now.notConnected);
	increase(_tooLong, _before.tooLong, now.tooLong);
	increase(_congested, _before.congested, now.congested);
	increase(_malformed, _before.malformed, now.malformed);
	_before = now;
	const auto& connection = client.connectionCounters();
	increase(_connections, _connectionBefore.connections, connection.connections);
	increase(_failures, _connectionBefore.failures, connection.failures);
	if (connection.roundTrip != _connectionBefore.roundTrip)
		_roundTrip->Set(std::chrono::duration<double>(connection.roundTrip).count());
	_connectionBefore = connection;
}

}
