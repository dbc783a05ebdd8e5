#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>

#include "node/api/Peer.h"

namespace gimlet::udp_punch
{

/// Why a datagram was dropped.
enum class Drop
{
	Unknown,       ///< a first byte that is neither STUN's nor DTLS's (RFC 7983)
	UnknownStun,   ///< STUN for no link, that no discovery asked for
	UnknownSender, ///< DTLS from an address that no link has proven
};

/// What the transport counts, under gimlet_udp_punch_ in /metrics.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	void received(std::size_t bytes)
	{
		_received->Increment();
		_bytesReceived->Increment(static_cast<double>(bytes));
	}
	void dropped(Drop reason)
	{
		_dropped[static_cast<std::size_t>(reason)]->Increment();
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
	/// What a peer says of itself is not to be believed.
	void refused()
	{
		_refused->Increment();
	}

	void punchBegun()
	{
		_punches->Increment();
	}
	void punched()
	{
		_punched->Increment();
	}
	void freshPort()
	{
		_freshPorts->Increment();
	}

	/// A link went from one state to another.
	void moved(LinkState from, LinkState to);
	void appeared(LinkState state);
	void vanished(LinkState state);

private:
	std::array<prometheus::Counter*, 3> _dropped{};
	std::array<prometheus::Gauge*, 5> _links{};
	prometheus::Counter* _received;
	prometheus::Counter* _bytesReceived;
	prometheus::Counter* _messagesSent;
	prometheus::Counter* _messagesReceived;
	prometheus::Counter* _badSignals;
	prometheus::Counter* _refused;
	prometheus::Counter* _punches;
	prometheus::Counter* _punched;
	prometheus::Counter* _freshPorts;
};

}
