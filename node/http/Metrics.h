#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

namespace gimlet::http
{

/// What the listener and its WebSockets count.
class Metrics
{
public:
	explicit Metrics(prometheus::Registry& registry);

	/// An answer was sent. @param status Counted by its class ("2xx").
	void answered(int status);

	/// Somebody was turned away: by the guard ("host", "origin", "token", "closed" where no token is
	/// configured), "malformed", "timeout", "tls", "handshake" (no proper upgrade), "refused" (by an
	/// acceptor), or for lack of room ("route_full", "descriptors", "busy", "displaced").
	void refused(const std::string& reason);

private:
	prometheus::Family<prometheus::Counter>& _requests;
	prometheus::Family<prometheus::Counter>& _refused;
	prometheus::Family<prometheus::Counter>& _bytes;
	prometheus::Family<prometheus::Counter>& _messages;

public:
	prometheus::Gauge& connections; ///< that are not WebSockets
	prometheus::Gauge& webSockets;
	prometheus::Counter& webSocketsAccepted;
	prometheus::Counter& bytesIn; ///< of WebSockets
	prometheus::Counter& bytesOut;
	prometheus::Counter& messagesIn;
	prometheus::Counter& messagesOut;
	prometheus::Counter& messagesDropped; ///< for readers that were too slow
};

}
