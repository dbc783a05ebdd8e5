#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "plugins/signaling/rendezvous/RelayClient.h"

namespace gimlet::rendezvous_client
{

/// What is counted of the relay, under gimlet_rendezvous_relay_ in /metrics.
class RelayMetrics
{
public:
	explicit RelayMetrics(prometheus::Registry& registry);

	/// Shows whether the client is connected, and adds what it has counted since the last time.
	void update(const RelayClient& client);

private:
	RelayClient::Counters _before;
	PersistentConnection::Counters _connectionBefore;
	prometheus::Gauge* _online;
	prometheus::Gauge* _roundTrip;
	prometheus::Counter* _connections;
	prometheus::Counter* _failures;
	prometheus::Counter* _sent;
	prometheus::Counter* _received;
	prometheus::Counter* _sentBytes;
	prometheus::Counter* _receivedBytes;
	prometheus::Counter* _notConnected;
	prometheus::Counter* _tooLong;
	prometheus::Counter* _congested;
	prometheus::Counter* _malformed;
};

}
