#include "node/protocol/ui/NetworkText.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/FakeNode.h"

namespace gimlet::ui
{

namespace
{

using Verdict = NetworkFact::Verdict;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

NetworkStatus fullStatus()
{
	NetworkStatus network;
	network.udp = UdpReach::Works;
	network.mapping = MappingBehaviour::AddressDependent;
	network.nat = {MappingBehaviour::AddressDependent, FilteringBehaviour::AddressAndPortDependent,
		PortAssignment::Sequential, -2, true};
	network.candidates = {{CandidateType::ServerReflexive, "203.0.113.7:40001", "stun.example.org:3478"},
		{CandidateType::Relayed, "[100::bd54:6a31:f5c0:6db5]:9", "rendezvous.example.org"}};
	FactView stun{{.topic = "stun",
		.subject = "stun.example.org:3478 IPv4",
		.verdict = Verdict::Good,
		.text = "answers",
		.value = "203.0.113.7:40001",
		.roundTrip = std::chrono::microseconds{23'400}}};
	FactView other{{.topic = "weather", .verdict = Verdict::Bad, .text = "rain"}};
	FactView filtering{
		{.topic = "filtering", .verdict = Verdict::Unknown, .text = "as strict as can be", .value = "no"}};
	FactView ipv4{{.topic = "ipv4",
		.verdict = Verdict::Good,
		.text = "sends from 192.168.1.5 by eth0",
		.value = "192.168.1.5"}};
	network.facts = {other, stun, filtering, ipv4};
	return network;
}

}

TEST(UiNetworkText, SaysEverythingInColumnsWithMarks)
{
	EXPECT_THAT(describeNetwork(fullStatus()),
		ElementsAre("✓ IPv4           sends from 192.168.1.5 by eth0",
			"✓ UDP            gets through, and the answers come back",
			"✓ STUN           stun.example.org:3478 IPv4: answers, 203.0.113.7:40001, 23 ms",
			"✓ Address        203.0.113.7:40001 (server-reflexive, says stun.example.org:3478)",
			"✓ Address        through the relay of rendezvous.example.org",
			"✗ NAT mapping    address-dependent", "· NAT filtering  as strict as can be",
			"· NAT ports      sequential, -2 each time",
			"✓ Hairpin        what is sent to its own public address comes back in",
			"✗ weather        rain"));
}

TEST(UiNetworkText, SaysLittleOfLittle)
{
	EXPECT_THAT(describeNetwork(NetworkStatus{}), ElementsAre("· UDP  not known yet"));
	NetworkStatus blocked;
	blocked.udp = UdpReach::Blocked;
	blocked.nat.mapping = MappingBehaviour::EndpointIndependent;
	blocked.nat.filtering = FilteringBehaviour::EndpointIndependent;
	blocked.nat.assignment = PortAssignment::Random;
	blocked.nat.hairpin = false;
	EXPECT_THAT(describeNetwork(blocked),
		ElementsAre("✗ UDP            no answer comes back", "✓ NAT mapping    endpoint-independent",
			"✓ NAT filtering  endpoint-independent", "· NAT ports      random",
			"· Hairpin        nothing that is sent to its own public address comes back in"));
}

TEST(UiNetworkText, WhereNoNatIsNothingIsSaidOfItsPorts)
{
	auto network = fullStatus();
	network.candidates.clear();
	network.facts = {
		FactView{{.topic = "mapping", .subject = "IPv4", .verdict = Verdict::Good, .text = "no NAT"}}};
	EXPECT_THAT(describeNetwork(network),
		ElementsAre("✓ UDP          gets through, and the answers come back", "✓ NAT mapping  IPv4: no NAT"));
}

TEST(UiNetworkText, FactsOfOneTopicKeepTheirOrder)
{
	std::vector<FactView> facts;
	for (const auto& [topic, subject] : std::initializer_list<std::pair<const char*, const char*>>{
			 {"turn", ""}, {"stun", "b"}, {"else", ""}, {"stun", "a"}, {"ipv4", ""}})
	{
		facts.emplace_back();
		facts.back().topic = topic;
		facts.back().subject = subject;
	}
	sortByTopic(facts);
	std::vector<std::string> order;
	for (const auto& fact : facts)
		order.push_back(fact.topic + fact.subject);
	EXPECT_THAT(order, ElementsAre("ipv4", "stunb", "stuna", "turn", "else"));
}

TEST(UiNetworkText, IsMadeOfWhatTheNodeKnows)
{
	test::FakeNode node;
	node.mappingValue = MappingBehaviour::EndpointIndependent;
	node.factList = {{.topic = "relay", .verdict = Verdict::Good, .text = "answers"},
		{.topic = "ipv4", .verdict = Verdict::Good, .text = "sends from 192.168.1.5"}};
	const auto network = networkStatus(node);
	EXPECT_EQ(network.mapping, MappingBehaviour::EndpointIndependent);
	EXPECT_EQ(network.nat.mapping, MappingBehaviour::EndpointIndependent)
		<< "a discovery may tell the mapping alone";
	EXPECT_EQ(network.facts.front().topic, "ipv4");
	EXPECT_EQ(network.udp, UdpReach::Works);
	EXPECT_EQ(network.verdict.at(0),
		"This side allows direct links with every NAT; with a symmetric one that can take some seconds.");
	node.natValue.mapping = MappingBehaviour::AddressDependent;
	node.natValue.hairpin = false;
	EXPECT_EQ(networkStatus(node).mapping, MappingBehaviour::AddressDependent);
	EXPECT_EQ(networkStatus(node).nat.hairpin, false);
}

TEST(UiNetworkText, WhoHasNotAnsweredByTheEndOfThePatienceIsSilent)
{
	test::FakeNode node;
	node.factList = {{.topic = "rendezvous", .subject = "r.test", .text = "no answer yet", .pending = true},
		{.topic = "turn", .subject = "turn:a", .text = "no answer yet", .pending = true},
		{.topic = "relay", .text = "the rendezvous has not offered it yet", .pending = true},
		{.topic = "stun", .subject = "s.test IPv4", .verdict = Verdict::Good, .text = "answers"}};
	const auto before = networkStatus(node);
	EXPECT_THAT(before.verdict, Not(Contains(HasSubstr("relay"))));
	for (const auto& fact : before.facts)
		EXPECT_EQ(fact.pending, fact.topic != "stun") << fact.topic;

	const auto after = networkStatus(node, true);
	EXPECT_THAT(after.verdict, Contains(HasSubstr("The relay does not answer")));
	EXPECT_THAT(after.verdict, Contains(HasSubstr("The rendezvous does not answer")));
	EXPECT_THAT(describeNetwork(after),
		ElementsAre("✓ UDP         gets through, and the answers come back",
			"✓ STUN        s.test IPv4: answers", "✗ Rendezvous  r.test: no answer",
			"· Relay       the rendezvous has not offered it yet", "✗ TURN        turn:a: no answer"));
	for (const auto& fact : after.facts)
		EXPECT_EQ(fact.pending, fact.topic == "relay") << fact.topic;
}

}
