#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "node/api/Signaling.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"

namespace gimlet::rendezvous_client
{

/// What the plugin counts, under gimlet_rendezvous_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	/// Adds what the client has counted since the last time.
	void update(const RendezvousClient::Counters& now, const PersistentConnection::Counters& connectionNow);

	void state(SignalingState state);

private:
	RendezvousClient::Counters _before;
	PersistentConnection::Counters _connectionBefore;
	prometheus::Gauge* _online;
	prometheus::Gauge* _roundTrip;
	prometheus::Counter* _connections;
	prometheus::Counter* _failures;
	prometheus::Counter* _sent;
	prometheus::Counter* _received;
	prometheus::Counter* _malformed;
	prometheus::Counter* _unknown;
	prometheus::Counter* _skipped;
	prometheus::Counter* _refusedSignals;
};

}
