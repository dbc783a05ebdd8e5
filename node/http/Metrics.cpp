#include "node/http/Metrics.h"

namespace gimlet::http
{

namespace
{

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const char* name, const char* help)
{
	return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help)
{
	return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}

Metrics::Metrics(prometheus::Registry& registry) :
	_requests(counters(registry, "gimlet_http_responses_total", "Answers by class of status")),
	_refused(
		counters(registry, "gimlet_http_refused_total", "Requests and connections turned away, by reason")),
	_bytes(counters(registry, "gimlet_websocket_bytes_total", "Bytes of WebSockets, frames included")),
	_messages(counters(registry, "gimlet_websocket_messages_total", "Messages of WebSockets")),
	connections(gauge(registry, "gimlet_http_connections", "Open connections that are not WebSockets")),
	webSockets(gauge(registry, "gimlet_websocket_connections", "Open WebSockets")),
	webSocketsAccepted(
		counters(registry, "gimlet_websocket_accepted_total", "WebSockets accepted since the start").Add({})),
	bytesIn(_bytes.Add({{"direction", "in"}})),
	bytesOut(_bytes.Add({{"direction", "out"}})),
	messagesIn(_messages.Add({{"direction", "in"}})),
	messagesOut(_messages.Add({{"direction", "out"}})),
	messagesDropped(counters(
		registry, "gimlet_websocket_dropped_total", "Messages dropped because the reader was too slow")
						.Add({}))
{
}

void Metrics::answered(int status)
{
	_requests.Add({{"status", std::to_string(status / 100) + "xx"}}).Increment();
}

void Metrics::refused(const std::string& reason)
{
	_refused.Add({{"reason", reason}}).Increment();
}

}
