#include "node/protocol/ui/NetworkText.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gimlet::ui
{

namespace
{

using Verdict = NetworkFact::Verdict;

struct Topic
{
	const char* name;
	const char* label;
};

/// In the order in which they are shown.
constexpr std::array TOPICS{Topic{"ipv4", "IPv4"}, Topic{"ipv6", "IPv6"}, Topic{"mtu", "MTU"},
	Topic{"changes", "Changes"}, Topic{"udp", "UDP"}, Topic{"stun", "STUN"}, Topic{"address", "Address"},
	Topic{"mapping", "NAT mapping"}, Topic{"filtering", "NAT filtering"},
	Topic{"port assignment", "NAT ports"}, Topic{"hairpin", "Hairpin"}, Topic{"port-mapping", "Port mapping"},
	Topic{"signaling", "Signaling"}, Topic{"rendezvous", "Rendezvous"}, Topic{"relay", "Relay"},
	Topic{"turn", "TURN"}};

std::size_t rank(const std::string& topic)
{
	const auto* const found = std::find_if(
		TOPICS.begin(), TOPICS.end(), [&topic](const Topic& known) { return topic == known.name; });
	return static_cast<std::size_t>(found - TOPICS.begin());
}

std::string label(const std::string& topic)
{
	const auto at = rank(topic);
	return at < TOPICS.size() ? TOPICS.at(at).label : topic;
}

const char* mark(Verdict verdict)
{
	switch (verdict)
	{
	case Verdict::Good:
		return "✓";
	case Verdict::Bad:
		return "✗";
	case Verdict::Unknown:
		break;
	}
	return "·";
}

/// What everybody asks first, and no plugin tells.
NetworkFact udpFact(UdpReach udp)
{
	switch (udp)
	{
	case UdpReach::Works:
		return {.topic = "udp", .verdict = Verdict::Good, .text = "gets through, and the answers come back"};
	case UdpReach::Blocked:
		return {.topic = "udp", .verdict = Verdict::Bad, .text = "no answer comes back"};
	case UdpReach::Unknown:
		break;
	}
	return {.topic = "udp", .text = "not known yet"};
}

/// What is known of the NAT, for where no plugin says it in words of its own.
std::vector<NetworkFact> natFacts(const NatView& nat)
{
	std::vector<NetworkFact> facts;
	if (nat.mapping != MappingBehaviour::Unknown)
		facts.push_back({.topic = "mapping",
			.verdict = nat.mapping == MappingBehaviour::EndpointIndependent ? Verdict::Good : Verdict::Bad,
			.text = toString(nat.mapping)});
	if (nat.filtering != FilteringBehaviour::Unknown)
		facts.push_back({.topic = "filtering",
			.verdict = nat.filtering == FilteringBehaviour::AddressAndPortDependent ? Verdict::Unknown
																					: Verdict::Good,
			.text = toString(nat.filtering)});
	if (nat.assignment != PortAssignment::Unknown)
		facts.push_back({.topic = "port assignment",
			.text = nat.assignment == PortAssignment::Sequential
						? fmt::format("{}, {:+} each time", toString(nat.assignment), nat.step)
						: std::string{toString(nat.assignment)}});
	if (nat.hairpin)
		facts.push_back({.topic = "hairpin",
			.verdict = *nat.hairpin ? Verdict::Good : Verdict::Unknown,
			.text = *nat.hairpin ? "what is sent to its own public address comes back in"
								 : "nothing that is sent to its own public address comes back in"});
	return facts;
}

/// The addresses by which a relay of the rendezvous names its sessions say nothing to people.
bool isSession(const CandidateLine& candidate)
{
	const auto endpoint = Endpoint::parse(candidate.address);
	return endpoint && endpoint->isDiscardOnly();
}

NetworkFact addressFact(const CandidateLine& candidate)
{
	if (isSession(candidate))
		return {.topic = "address",
			.verdict = Verdict::Good,
			.text = fmt::format("through the relay of {}", candidate.source)};
	return {.topic = "address",
		.verdict = candidate.type == CandidateType::Host ? Verdict::Unknown : Verdict::Good,
		.text =
			fmt::format("{} ({}, says {})", candidate.address, toString(candidate.type), candidate.source)};
}

/// Filled up with spaces. A byte is a column, for labels and topics are ASCII.
std::string padded(std::string text, std::size_t width)
{
	text.resize(std::max(text.size(), width), ' ');
	return text;
}

/// Whether the value says something to people that the text does not.
bool tellsMore(const FactView& fact)
{
	return !fact.value.empty() && fact.value != "yes" && fact.value != "no" && fact.value != "unknown" &&
		   fact.text.find(fact.value) == std::string::npos;
}

std::string line(const FactView& fact, std::size_t width)
{
	auto text = fact.subject.empty() ? fact.text : fmt::format("{}: {}", fact.subject, fact.text);
	if (tellsMore(fact))
		text += fmt::format(", {}", fact.value);
	if (fact.roundTripMs)
		text += fmt::format(", {:.{}f} ms", *fact.roundTripMs, *fact.roundTripMs < 10 ? 1 : 0);
	return fmt::format("{} {}  {}", mark(fact.verdict), padded(label(fact.topic), width), text);
}

}

void sortByTopic(std::vector<FactView>& facts)
{
	std::stable_sort(facts.begin(), facts.end(),
		[](const FactView& left, const FactView& right) { return rank(left.topic) < rank(right.topic); });
}

std::vector<std::string> describeNetwork(const NetworkStatus& network)
{
	auto rows = network.facts;
	const auto has = [&network](const std::string& topic)
	{
		return std::any_of(network.facts.begin(), network.facts.end(),
			[&topic](const FactView& fact) { return fact.topic == topic; });
	};
	rows.emplace_back(udpFact(network.udp));
	// Who tells the mapping tells all there is to tell: where no NAT is, nothing of its ports.
	if (!has("mapping"))
		for (const auto& fact : natFacts(network.nat))
			if (!has(fact.topic))
				rows.emplace_back(fact);
	for (const auto& candidate : network.candidates)
		rows.emplace_back(addressFact(candidate));
	sortByTopic(rows);
	std::size_t width = 0;
	for (const auto& fact : rows)
		width = std::max(width, label(fact.topic).size());
	std::vector<std::string> lines;
	for (const auto& fact : rows)
		lines.push_back(line(fact, width));
	return lines;
}

}
