#include "plugins/transport/udp-punch/Metrics.h"

#include <string>

namespace gimlet::udp_punch
{

namespace
{

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildCounter().Name("gimlet_udp_punch_" + name).Help(help).Register(registry);
}

prometheus::Counter* counter(prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return &counters(registry, name, help).Add({});
}

}

Metrics::Metrics(prometheus::Registry& registry)
{
	_received = counter(registry, "datagrams_received_total", "Datagrams that came.");
	_bytesReceived = counter(registry, "bytes_received_total", "Bytes of UDP payload that came.");

	auto& drops = counters(registry, "dropped_total", "Datagrams received and dropped, by reason.");
	constexpr std::array<const char*, 3> REASONS{"unknown", "unknown_stun", "unknown_sender"};
	for (std::size_t i = 0; i < REASONS.size(); ++i)
		_dropped[i] = &drops.Add({{"reason", REASONS[i]}});

	auto& messages = counters(registry, "messages_total", "Chat messages by direction.");
	_messagesReceived = &messages.Add({{"direction", "received"}});
	_messagesSent = &messages.Add({{"direction", "sent"}});
	_badSignals = counter(registry, "bad_signals_total", "Signals of nobody that is known.");
	_refused = counter(registry, "refused_total", "Peers whose description is not to be believed.");

	_punches = counter(registry, "punches_total", "Rounds in which a hard NAT was shot at.");
	_punched = counter(registry, "punched_total", "Rounds that led to a direct path.");
	_freshPorts = counter(registry, "fresh_ports_total", "Times that the links moved to a fresh port.");

	auto& links =
		prometheus::BuildGauge().Name("gimlet_udp_punch_links").Help("Links by state.").Register(registry);
	for (std::size_t i = 0; i < _links.size(); ++i)
		_links[i] = &links.Add({{"state", toString(static_cast<LinkState>(i))}});
}

void Metrics::moved(LinkState from, LinkState to)
{
	vanished(from);
	appeared(to);
}

void Metrics::appeared(LinkState state)
{
	_links[static_cast<std::size_t>(state)]->Increment();
}

void Metrics::vanished(LinkState state)
{
	_links[static_cast<std::size_t>(state)]->Decrement();
}

}
