#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

#include "node/api/Peer.h"
#include "plugins/transport/udp-plain/PlainPeer.h"

namespace gimlet::udp_plain
{

/// Why a datagram was dropped.
enum class Drop
{
	NotPlain,      ///< a first byte that is neither STUN's nor ours (RFC 7983)
	UnknownStun,   ///< STUN that no discovery asked for
	Malformed,     ///< plain, but not to be read
	UnknownSender, ///< from an address, or naming a worker, that no offer named
};

/// What the transport counts, under gimlet_udp_plain_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	void dropped(Drop reason)
	{
		_dropped[static_cast<std::size_t>(reason)]->Increment();
	}

	void sent(bool success)
	{
		(success ? _sent : _sendFailed)->Increment();
	}

	void received()
	{
		_received->Increment();
	}

	void messageSent()
	{
		_messagesSent->Increment();
	}

	void messageReceived()
	{
		_messagesReceived->Increment();
	}

	void badSignal()
	{
		_badSignals->Increment();
	}

	/// Adds what a peer has counted since the last time.
	void add(const PlainPeer::Counters& before, const PlainPeer::Counters& now);

	/// A link went from one state to another.
	void moved(LinkState from, LinkState to);
	void appeared(LinkState state);
	void vanished(LinkState state);

private:
	std::array<prometheus::Counter*, 4> _dropped{};
	std::array<prometheus::Gauge*, 5> _links{};
	prometheus::Counter* _sent;
	prometheus::Counter* _sendFailed;
	prometheus::Counter* _received;
	prometheus::Counter* _messagesSent;
	prometheus::Counter* _messagesReceived;
	prometheus::Counter* _retransmissions;
	prometheus::Counter* _duplicates;
	prometheus::Counter* _refusedCandidates;
	prometheus::Counter* _limitedClaims;
	prometheus::Counter* _badSignals;
};

}
