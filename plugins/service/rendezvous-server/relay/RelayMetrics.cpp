#include "plugins/service/rendezvous-server/relay/RelayMetrics.h"

#include <string>

namespace gimlet::rendezvous_server
{

namespace
{

struct Name
{
	std::size_t RelayCounters::*number;
	const char* name;
	const char* help;
};

constexpr Name NAMES[] = {
	{&RelayCounters::placesRefused, "relay_places_refused_total",
		"Members that were given no place at the relay"},
	{&RelayCounters::opened, "relay_opened_total", "Connections of members to the relay"},
	{&RelayCounters::replaced, "relay_replaced_total",
		"Connections to the relay whose place a newer one took"},
	{&RelayCounters::datagrams, "relay_datagrams_total", "Datagrams passed on"},
	{&RelayCounters::bytes, "relay_bytes_total", "Bytes of the datagrams passed on"},
	{&RelayCounters::malformed, "relay_malformed_total", "Connections closed for what was no frame"},
	{&RelayCounters::paused, "relay_paused_total",
		"Times that a member which sent far too much was not read"},
};

std::string full(const char* name)
{
	return std::string{"gimlet_rendezvous_server_"} + name;
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help)
{
	return prometheus::BuildGauge().Name(full(name)).Help(help).Register(registry).Add({});
}

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const char* name, const char* help)
{
	return prometheus::BuildCounter().Name(full(name)).Help(help).Register(registry);
}

}

RelayMetrics::RelayMetrics(prometheus::Registry& registry) :
	_places(gauge(registry, "relay_places", "Members with a place at the relay")),
	_connections(gauge(registry, "relay_connections", "Members that are connected to the relay")),
	_refused(counters(registry, "relay_refused_total", "Requests for the relay refused, by status"))
{
	for (const Name& name : NAMES)
		_lines.push_back({[number = name.number](const RelayCounters& all) { return all.*number; },
			&counters(registry, name.name, name.help).Add({})});
	auto& dropped = counters(registry, "relay_dropped_total", "Datagrams not passed on, by reason");
	for (std::size_t i = 0; i < RELAY_DROPS; ++i)
		_lines.push_back({[i](const RelayCounters& all) { return all.dropped.at(i); },
			&dropped.Add({{"reason", toString(static_cast<RelayDrop>(i))}})});
}

void RelayMetrics::update(const Relay& relay)
{
	_places.Set(static_cast<double>(relay.places()));
	_connections.Set(static_cast<double>(relay.connections()));
	for (Line& line : _lines)
	{
		const std::size_t number = line.number(relay.counters());
		if (number == line.shown)
			continue;
		line.counter->Increment(static_cast<double>(number - line.shown));
		line.shown = number;
	}
}

void RelayMetrics::ended()
{
	_places.Set(0);
	_connections.Set(0);
	for (Line& line : _lines)
		line.shown = 0;
}

void RelayMetrics::refused(int status)
{
	_refused.Add({{"status", std::to_string(status)}}).Increment();
}

}
