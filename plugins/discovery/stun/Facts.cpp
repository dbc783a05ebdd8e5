#include "plugins/discovery/stun/Facts.h"

#include <fmt/format.h>

namespace gimlet::stun_discovery
{

namespace
{

using Verdict = NetworkFact::Verdict;

NetworkFact mappingFact(const NatBehaviour& nat, bool noNat)
{
	NetworkFact fact{.topic = "mapping", .text = {}, .value = toString(nat.mapping)};
	if (noNat)
	{
		fact.verdict = Verdict::Good;
		fact.text = "no NAT: the public address is this machine's own";
		fact.value = "no NAT";
		return fact;
	}
	switch (nat.mapping)
	{
	case MappingBehaviour::Unknown:
		fact.text = "unknown: that takes two STUN servers at different addresses that answer";
		break;
	case MappingBehaviour::EndpointIndependent:
		fact.verdict = Verdict::Good;
		fact.text = "the same public address and port towards everybody";
		break;
	case MappingBehaviour::AddressDependent:
		fact.verdict = Verdict::Bad;
		fact.text = "another public port towards each destination (a symmetric NAT)";
		break;
	}
	return fact;
}

NetworkFact filteringFact(const NatBehaviour& nat)
{
	NetworkFact fact{.topic = "filtering", .text = {}, .value = toString(nat.filtering)};
	switch (nat.filtering)
	{
	case FilteringBehaviour::Unknown:
		fact.text = "unknown: no STUN server with a second address (RFC 5780) has answered";
		break;
	case FilteringBehaviour::EndpointIndependent:
		fact.verdict = Verdict::Good;
		fact.text = "anybody may send to a public port that is in use";
		break;
	case FilteringBehaviour::AddressDependent:
		fact.verdict = Verdict::Good;
		fact.text = "lets in whoever has an address that was sent to";
		break;
	case FilteringBehaviour::AddressAndPortDependent:
		fact.text = "lets in only from an address and port that was sent to";
		break;
	}
	return fact;
}

NetworkFact assignmentFact(const NatBehaviour& nat)
{
	NetworkFact fact{.topic = "port assignment", .text = {}, .value = toString(nat.assignment)};
	switch (nat.assignment)
	{
	case PortAssignment::Unknown:
		fact.text = "unknown: what was seen of the public ports does not tell how they are chosen";
		break;
	case PortAssignment::Preserving:
		fact.verdict = Verdict::Good;
		fact.text = "the public port is the local one";
		break;
	case PortAssignment::Sequential:
		fact.text = fmt::format("public ports come one after the other, in steps of {:+}", nat.step);
		fact.value += fmt::format(" {:+}", nat.step);
		break;
	case PortAssignment::Random:
		fact.verdict = Verdict::Bad;
		fact.text = "public ports are chosen at random";
		break;
	}
	return fact;
}

NetworkFact hairpinFact(const NatBehaviour& nat)
{
	NetworkFact fact{.topic = "hairpin", .text = {}};
	if (!nat.hairpin)
	{
		fact.text = "unknown";
		fact.value = "unknown";
		return fact;
	}
	fact.verdict = *nat.hairpin ? Verdict::Good : Verdict::Unknown;
	fact.text = *nat.hairpin ? "the router leads back what is sent from inside to its public address"
							 : "the router does not lead back what is sent from inside to its public address";
	fact.value = *nat.hairpin ? "yes" : "no";
	return fact;
}

}

const char* familyName(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

NetworkFact factOf(const ServerAnswers& answer)
{
	NetworkFact fact{.topic = "stun",
		.subject = fmt::format("{} {}", answer.server, familyName(answer.mapped.family())),
		.verdict = Verdict::Good,
		.text = "answers",
		.value = answer.mapped.toString()};
	if (answer.roundTrip)
		fact.roundTrip = std::chrono::duration_cast<std::chrono::microseconds>(*answer.roundTrip);
	return fact;
}

NetworkFact factOf(const ServerFails& failure, Duration silence)
{
	const auto* family = familyName(failure.family);
	NetworkFact fact{.topic = "stun",
		.subject = fmt::format("{} {}", failure.server, family),
		.verdict = Verdict::Bad,
		.text = {}};
	switch (failure.why)
	{
	case ServerFails::Why::Silent:
		fact.text = fmt::format("no answer in {:g} s", std::chrono::duration<double>(silence).count());
		break;
	case ServerFails::Why::Refuses:
		fact.text = "answers with an error";
		break;
	case ServerFails::Why::NotLookedUp:
		fact.text = "its name cannot be looked up";
		break;
	case ServerFails::Why::OtherFamily:
		fact.verdict = Verdict::Unknown;
		fact.text = fmt::format("has no {} address", family);
		break;
	}
	return fact;
}

NetworkFact beingFoundOut(int family)
{
	return {.topic = "filtering", .subject = familyName(family), .text = "being found out", .pending = true};
}

NetworkFact takenBack(const std::string& server, int family)
{
	return {.topic = "stun", .subject = fmt::format("{} {}", server, familyName(family)), .text = {}};
}

std::vector<NetworkFact> factsOf(const Behaviour& behaviour, bool noNat)
{
	const auto& nat = behaviour.nat;
	std::vector facts{mappingFact(nat, noNat), filteringFact(nat), assignmentFact(nat), hairpinFact(nat)};
	if (noNat)
		for (auto* nothing : {&facts[2], &facts[3]})
			*nothing = {.topic = nothing->topic, .text = {}};
	for (auto& fact : facts)
		fact.subject = familyName(behaviour.family);
	return facts;
}

std::string sentence(const NatBehaviour& nat, bool noNat)
{
	auto text = noNat ? std::string{"no NAT"} : fmt::format("mapping {}", toString(nat.mapping));
	text += fmt::format(", filtering {}", toString(nat.filtering));
	if (noNat)
		return text;
	text += fmt::format(", ports {}", toString(nat.assignment));
	if (nat.assignment == PortAssignment::Sequential)
		text += fmt::format(" {:+}", nat.step);
	if (nat.hairpin)
		text += *nat.hairpin ? ", hairpin" : ", no hairpin";
	return text;
}

}
