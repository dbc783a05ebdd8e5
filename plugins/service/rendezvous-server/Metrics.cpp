#include "plugins/service/rendezvous-server/Metrics.h"

namespace gimlet::rendezvous_server
{

namespace
{

struct Name
{
	std::size_t Counters::*number;
	const char* name;
	const char* help;
};

constexpr Name NAMES[] = {
	{&Counters::joined, "joined_total", "Workers that joined a room"},
	{&Counters::left, "left_total", "Workers that left"},
	{&Counters::replaced, "replaced_total", "Connections whose id a newer one took over"},
	{&Counters::idRefused, "id_refused_total", "Connections that claimed an id in use"},
	{&Counters::proven, "proven_total", "Workers that proved their version 8 id"},
	{&Counters::proofsRefused, "proofs_refused_total", "Proofs that did not hold"},
	{&Counters::proofsTooMany, "excess_proofs_total",
		"Proofs that were not looked at since their address gave too many"},
	{&Counters::unproven, "unproven_total", "Connections that did not prove their version 8 id in time"},
	{&Counters::messages, "messages_total", "Messages received"},
	{&Counters::badMessages, "bad_messages_total", "Messages that were not understood"},
	{&Counters::tooManyMessages, "excess_messages_total", "Messages over a worker's rate, not heard"},
	{&Counters::closedForAbuse, "closed_for_abuse_total", "Connections closed for too many messages"},
	{&Counters::signals, "signals_total", "Signals relayed"},
	{&Counters::signalsFailed, "signals_failed_total", "Signals that had no addressee"},
	{&Counters::offers, "offers_total", "Pairs offered to each other"},
	{&Counters::offersHeld, "offers_held_total", "Offers held back since their address was named too often"},
	{&Counters::offersRefused, "offers_refused_total",
		"Offers not made since their address was named too often"},
	{&Counters::incompatible, "incompatible_total", "Pairs without a common transport"},
	{&Counters::endpoints, "endpoints_total", "UDP endpoints accepted"},
	{&Counters::endpointsRefused, "endpoints_refused_total", "UDP endpoints refused"},
	{&Counters::endpointsElsewhere, "endpoints_elsewhere_total",
		"UDP endpoints at another address than the worker's connection"},
};

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help)
{
	const std::string full = std::string{"gimlet_rendezvous_server_"} + name;
	return prometheus::BuildGauge().Name(full).Help(help).Register(registry).Add({});
}

}

Metrics::Metrics(prometheus::Registry& registry) :
	_registry(registry),
	_members(gauge(registry, "members", "Workers in rooms")),
	_rooms(gauge(registry, "rooms", "Rooms with somebody in them")),
	_refused(prometheus::BuildCounter()
				 .Name("gimlet_rendezvous_server_refused_total")
				 .Help("HTTP requests refused, by status")
				 .Register(registry))
{
	for (const Name& name : NAMES)
	{
		const std::string full = std::string{"gimlet_rendezvous_server_"} + name.name;
		auto& family = prometheus::BuildCounter().Name(full).Help(name.help).Register(registry);
		_lines.push_back({name.number, &family.Add({})});
	}
}

void Metrics::update(const Rendezvous& rendezvous)
{
	_members.Set(static_cast<double>(rendezvous.members()));
	_rooms.Set(static_cast<double>(rendezvous.rooms()));
	for (Line& line : _lines)
	{
		const std::size_t number = rendezvous.counters().*line.number;
		if (number == line.shown)
			continue;
		line.counter->Increment(static_cast<double>(number - line.shown));
		line.shown = number;
	}
}

void Metrics::ended()
{
	_members.Set(0);
	_rooms.Set(0);
	for (Line& line : _lines)
		line.shown = 0;
}

void Metrics::refused(int status)
{
	_refused.Add({{"status", std::to_string(status)}}).Increment();
}

}
