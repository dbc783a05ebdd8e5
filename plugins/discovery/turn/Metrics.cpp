#include "plugins/discovery/turn/Metrics.h"

#include <string>

namespace gimlet::turn
{

namespace
{

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildCounter().Name("gimlet_turn_" + name).Help(help).Register(registry);
}

}

Metrics::Metrics(prometheus::Registry& registry)
{
	_addresses = &prometheus::BuildGauge()
					  .Name("gimlet_turn_relayed_addresses")
					  .Help("Relayed addresses that peers can send to.")
					  .Register(registry)
					  .Add({});
	_allocated = &counters(registry, "allocations_total", "Allocations that servers have given.").Add({});
	auto& ended = counters(
		registry, "allocations_ended_total", "Allocations that were not given, or are gone, by reason.");
	for (std::size_t i = 0; i < _ended.size(); ++i)
		_ended[i] = &ended.Add({{"reason", toString(static_cast<EndReason>(i))}});

	auto& datagrams = counters(registry, "datagrams_total",
		"Datagrams of peers through the relay, by direction and by the message that carried them.");
	auto& bytes = counters(registry, "bytes_total", "Bytes of these datagrams, by direction.");
	auto& dropped = counters(registry, "dropped_total",
		"Datagrams for peers that were not sent, and messages that were not taken, by reason.");
	const auto reason = [&](const char* name) { return &dropped.Add({{"reason", name}}); };
	const auto carried = [&](const char* direction, const char* by) {
		return &datagrams.Add({{"direction", direction}, {"by", by}});
	};
	_counted = {{{carried("sent", "channel"), &Counters::sentOnChannels},
		{carried("sent", "indication"), &Counters::sentIndications},
		{carried("received", "channel"), &Counters::receivedOnChannels},
		{carried("received", "indication"), &Counters::receivedIndications},
		{&bytes.Add({{"direction", "sent"}}), &Counters::sentBytes},
		{&bytes.Add({{"direction", "received"}}), &Counters::receivedBytes},
		{reason("denied"), &Counters::denied}, {reason("unreachable"), &Counters::unreachable},
		{reason("full"), &Counters::full}, {reason("abandoned"), &Counters::abandoned},
		{reason("too_large"), &Counters::tooLarge}, {reason("foreign"), &Counters::foreign},
		{reason("malformed"), &Counters::malformed}, {reason("unsigned"), &Counters::unsigned_},
		{reason("unasked"), &Counters::unasked}}};
	_unsent = reason("unsent");
}

void Metrics::add(const Counters& now, const Counters& before)
{
	for (const auto& [counter, value] : _counted)
		if (now.*value != before.*value)
			counter->Increment(static_cast<double>(now.*value - before.*value));
}

}
