#include "plugins/transport/udp-plain/Metrics.h"

#include <string>

namespace gimlet::udp_plain
{

namespace
{

prometheus::Family<prometheus::Counter>& counters(
	prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return prometheus::BuildCounter().Name("gimlet_udp_plain_" + name).Help(help).Register(registry);
}

prometheus::Counter* counter(prometheus::Registry& registry, const std::string& name, const std::string& help)
{
	return &counters(registry, name, help).Add({});
}

}

Metrics::Metrics(prometheus::Registry& registry)
{
	auto& datagrams = counters(registry, "datagrams_total", "Datagrams by direction.");
	_received = &datagrams.Add({{"direction", "received"}});
	_sent = &datagrams.Add({{"direction", "sent"}});
	_sendFailed = counter(registry, "send_failures_total", "Datagrams that the kernel would not send.");

	auto& drops = counters(registry, "dropped_total", "Datagrams received and dropped, by reason.");
	constexpr std::array<const char*, 4> REASONS{"not_plain", "unknown_stun", "malformed", "unknown_sender"};
	for (std::size_t i = 0; i < REASONS.size(); ++i)
		_dropped[i] = &drops.Add({{"reason", REASONS[i]}});

	auto& messages = counters(registry, "messages_total", "Chat messages by direction.");
	_messagesReceived = &messages.Add({{"direction", "received"}});
	_messagesSent = &messages.Add({{"direction", "sent"}});
	_retransmissions =
		counter(registry, "retransmissions_total", "Messages sent again for want of an answer.");
	_duplicates = counter(registry, "duplicates_total", "Messages that came again and were not shown again.");
	_refusedCandidates =
		counter(registry, "refused_candidates_total", "Addresses of peers that may not be tried.");
	_limitedClaims = counter(registry, "limited_claims_total",
		"Offers and signals not acted upon, to spare the address they name.");
	_badSignals = counter(registry, "bad_signals_total", "Signals of peers that could not be read.");

	auto& links =
		prometheus::BuildGauge().Name("gimlet_udp_plain_links").Help("Links by state.").Register(registry);
	for (std::size_t i = 0; i < _links.size(); ++i)
		_links[i] = &links.Add({{"state", toString(static_cast<LinkState>(i))}});
}

void Metrics::add(const PlainPeer::Counters& before, const PlainPeer::Counters& now)
{
	const auto increase = [](prometheus::Counter* counter, std::uint64_t from, std::uint64_t to)
	{
		if (to != from)
			counter->Increment(static_cast<double>(to - from));
	};
	increase(_retransmissions, before.retransmissions, now.retransmissions);
	increase(_duplicates, before.duplicates, now.duplicates);
	increase(_refusedCandidates, before.refusedCandidates, now.refusedCandidates);
	increase(_limitedClaims, before.limitedClaims, now.limitedClaims);
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
