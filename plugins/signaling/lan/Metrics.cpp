#include "plugins/signaling/lan/Metrics.h"

#include <string>

namespace gimlet::lan
{

namespace
{

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

void increase(prometheus::Counter* counter, std::uint64_t before, std::uint64_t now)
{
	if (now != before)
		counter->Increment(static_cast<double>(now - before));
}

}

Metrics::Metrics(prometheus::Registry& registry) :
	_peers(&gauge(registry, "gimlet_lan_peers", "Nodes of the room that are heard on the local network.")),
	_interfaces(
		&gauge(registry, "gimlet_lan_interfaces", "Addresses of this machine where others are looked for."))
{
	auto& datagrams = counters(registry, "gimlet_lan_datagrams_total", "Datagrams by what became of them.");
	_sent = &datagrams.Add({{"result", "sent"}});
	_unsent = &datagrams.Add({{"result", "not_sent"}});
	_received = &datagrams.Add({{"result", "received"}});
	auto& dropped =
		counters(registry, "gimlet_lan_dropped_total", "Datagrams received and dropped, by reason.");
	constexpr std::array REASONS{
		"malformed", "other_room", "forged", "off_link", "excess", "stranger", "conflict"};
	static_assert(REASONS.size() == LanMachine::DROPS);
	for (std::size_t i = 0; i < REASONS.size(); ++i)
		_dropped[i] = &dropped.Add({{"reason", REASONS[i]}});
	auto& signals = counters(registry, "gimlet_lan_signals_total", "Signals by what became of them.");
	_signalsReceived = &signals.Add({{"result", "received"}});
	_signalsDelivered = &signals.Add({{"result", "delivered"}});
	_signalsUndelivered = &signals.Add({{"result", "undelivered"}});
}

void Metrics::update(const LanMachine& machine)
{
	const auto& now = machine.counters();
	_peers->Set(static_cast<double>(machine.peers()));
	increase(_received, _before.received, now.received);
	for (std::size_t i = 0; i < LanMachine::DROPS; ++i)
		increase(_dropped[i], _before.dropped[i], now.dropped[i]);
	increase(_signalsReceived, _before.signalsReceived, now.signalsReceived);
	increase(_signalsDelivered, _before.signalsDelivered, now.signalsDelivered);
	increase(_signalsUndelivered, _before.signalsUndelivered, now.signalsUndelivered);
	_before = now;
}

}
