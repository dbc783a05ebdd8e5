#include "node/protocol/ui/NetworkVerdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gimlet::ui
{

namespace
{

using Mapping = MappingBehaviour;
using Filtering = FilteringBehaviour;
using Verdict = NetworkFact::Verdict;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto RELAYED = "The relay carries what has no direct path, encrypted from node to node.";

NetworkFact fact(const std::string& topic, Verdict verdict, const std::string& subject = {})
{
	return {.topic = topic, .subject = subject, .verdict = verdict, .text = "something"};
}

Candidate seenAs(const std::string& address, CandidateType type = CandidateType::ServerReflexive)
{
	return {.type = type,
		.endpoint = Endpoint::parse(address).value(),
		.base = {},
		.port = nullptr,
		.source = "stun.example.org:3478"};
}

/// Online, with a relay, behind such a NAT.
NetworkKnowledge behind(
	Mapping mapping, Filtering filtering, PortAssignment assignment = PortAssignment::Unknown)
{
	return {.nat = {.mapping = mapping, .filtering = filtering, .assignment = assignment},
		.facts = {fact("stun", Verdict::Good, "stun.example.org:3478 IPv4"), fact("relay", Verdict::Good)},
		.candidates = {seenAs("203.0.113.7:40001")},
		.signaling = SignalingState::Online};
}

std::string first(const NetworkKnowledge& known)
{
	return judge(known).sentences.at(0);
}

}

/// One row of the table of docs/OPERATIONS.md a line.
TEST(NetworkVerdict, SaysWhomEachKindOfNatReaches)
{
	const struct
	{
		Mapping mapping;
		Filtering filtering;
		PortAssignment assignment;
		const char* sentence;
	} ROWS[] = {
		{Mapping::EndpointIndependent, Filtering::EndpointIndependent, PortAssignment::Unknown,
			"This side allows direct links with every NAT."},
		{Mapping::EndpointIndependent, Filtering::AddressDependent, PortAssignment::Unknown,
			"This side allows direct links with every NAT."},
		{Mapping::EndpointIndependent, Filtering::AddressAndPortDependent, PortAssignment::Preserving,
			"This side allows direct links with every NAT; with a symmetric one that can take some seconds."},
		{Mapping::EndpointIndependent, Filtering::Unknown, PortAssignment::Unknown,
			"This side allows direct links with every NAT; with a symmetric one that can take some seconds."},
		{Mapping::AddressDependent, Filtering::AddressAndPortDependent, PortAssignment::Sequential,
			"This side allows direct links with every NAT but a symmetric one: this one is symmetric itself. "
			"Its ports can be guessed, so that another one whose ports can be is met while both sides are "
			"quiet."},
		{Mapping::AddressDependent, Filtering::Unknown, PortAssignment::Random,
			"This side allows direct links with every NAT but a symmetric one: this one is symmetric itself, "
			"with ports that nobody can guess. With a port-restricted one it can take some seconds."},
		{Mapping::AddressDependent, Filtering::AddressAndPortDependent, PortAssignment::Unknown,
			"This side allows direct links with every NAT but a symmetric one: this one is symmetric itself, "
			"with ports that nobody can guess. With a port-restricted one it can take some seconds."},
		{Mapping::Unknown, Filtering::Unknown, PortAssignment::Unknown,
			"UDP gets through, but how the NAT behaves is not known: that takes two STUN servers at "
			"different addresses. Links are tried in every way all the same."},
	};
	for (const auto& row : ROWS)
	{
		const auto known = behind(row.mapping, row.filtering, row.assignment);
		const auto verdict = judge(known);
		EXPECT_EQ(verdict.sentences.at(0), row.sentence);
		EXPECT_EQ(verdict.sentences.at(1), RELAYED);
		EXPECT_EQ(verdict.udp, UdpReach::Works);
		EXPECT_TRUE(verdict.usable);
	}
}

TEST(NetworkVerdict, ASymmetricNatIsToldWhatWouldHelp)
{
	auto known = behind(Mapping::AddressDependent, Filtering::Unknown, PortAssignment::Random);
	EXPECT_THAT(judge(known).sentences.back(), HasSubstr("let the router map ports"));
	known.facts.push_back(fact("port-mapping", Verdict::Good));
	EXPECT_THAT(judge(known).sentences,
		ElementsAre(
			"The router forwards a port to this node: it allows direct links with every NAT.", RELAYED));
}

TEST(NetworkVerdict, AMachineWithoutNatIsToldSo)
{
	auto known = behind(Mapping::Unknown, Filtering::EndpointIndependent);
	auto own = fact("ipv4", Verdict::Good);
	own.value = "203.0.113.7";
	known.facts.push_back(own);
	EXPECT_EQ(first(known), "No NAT stands before this machine: it allows direct links with every NAT.");
	known.nat.filtering = Filtering::AddressAndPortDependent;
	constexpr auto FIREWALL =
		"No NAT stands before this machine: it allows direct links with every NAT; behind a "
		"firewall, one with a symmetric NAT can take some seconds.";
	EXPECT_EQ(first(known), FIREWALL) << "one that keeps states is as strict as a NAT";

	// What it sends from by default is not the only address that may be its own.
	known.facts = {fact("stun", Verdict::Good), fact("mapping", Verdict::Good, "IPv4")};
	known.nat.filtering = Filtering::Unknown;
	EXPECT_THAT(first(known), HasSubstr("how the NAT behaves is not known"));
	known.facts[1].value = "no NAT";
	EXPECT_EQ(first(known), FIREWALL);
	known.facts[1].subject = "IPv6";
	EXPECT_THAT(first(known), HasSubstr("how the NAT behaves is not known"))
		<< "only IPv4 was seen from outside";
}

TEST(NetworkVerdict, WithoutUdpEverythingIsRelayedOrNothing)
{
	NetworkKnowledge known{.facts = {fact("stun", Verdict::Bad), fact("relay", Verdict::Good)},
		.signaling = SignalingState::Online};
	EXPECT_EQ(judge(known).udp, UdpReach::Blocked);
	EXPECT_THAT(judge(known).sentences,
		ElementsAre("No link is direct: UDP does not get through, or none of the STUN servers is up.",
			"Everything goes through the relay, encrypted from node to node.",
			"To have direct links: let UDP out through the firewall, and the answers in."));
	known.facts[1].verdict = Verdict::Bad;
	EXPECT_THAT(
		judge(known).sentences, Contains("The relay does not answer, so these are not reached at all."));
	known.facts.pop_back();
	EXPECT_THAT(judge(known).sentences, Contains("There is no relay, so these are not reached at all."));
	EXPECT_TRUE(judge(known).usable) << "the rendezvous answers";
}

TEST(NetworkVerdict, OneServerThatIsDownIsNoBlockedNetwork)
{
	auto known = behind(Mapping::EndpointIndependent, Filtering::AddressDependent);
	known.facts.push_back(fact("stun", Verdict::Bad));
	EXPECT_EQ(judge(known).udp, UdpReach::Works);
}

TEST(NetworkVerdict, AtFirstNothingIsKnownAndThatIsSaid)
{
	NetworkKnowledge known;
	EXPECT_THAT(judge(known).sentences, ElementsAre("Not known yet: no STUN server has answered so far."));
	EXPECT_EQ(judge(known).udp, UdpReach::Unknown);
	EXPECT_FALSE(judge(known).usable);
	known.candidates = {seenAs("192.168.1.5:8081", CandidateType::Host)};
	EXPECT_EQ(judge(known).udp, UdpReach::Unknown) << "its own address tells nothing";
}

TEST(NetworkVerdict, SilenceIsAnAnswerToThePatient)
{
	NetworkKnowledge known{.patient = true};
	EXPECT_FALSE(judge(known).usable);
	EXPECT_EQ(judge(known).udp, UdpReach::Blocked);
	EXPECT_EQ(judge(known).sentences.at(0), "Nothing answers: no STUN server, no rendezvous and no relay.");
	EXPECT_THAT(judge(known).sentences.at(1), HasSubstr("[rendezvous] url"));
	known.facts = {fact("ipv4", Verdict::Bad), fact("ipv6", Verdict::Bad)};
	EXPECT_THAT(judge(known).sentences.at(1), HasSubstr("connect it to a network first"));

	known = behind(Mapping::EndpointIndependent, Filtering::Unknown);
	known.patient = true;
	known.signaling = SignalingState::Connecting;
	EXPECT_TRUE(judge(known).usable);
	EXPECT_EQ(first(known), "The rendezvous does not answer, so no peers are found.");
	known.signaling = SignalingState::Refused;
	EXPECT_EQ(first(known), "The rendezvous refuses this node, so no peers are found.");
}

TEST(NetworkVerdict, ARendezvousThatDoesNotAnswerMayHaveARelay)
{
	constexpr auto UNKNOWN = "Whether there is a relay is not known: the rendezvous has not told.";
	auto known = behind(Mapping::EndpointIndependent, Filtering::AddressDependent);
	known.facts = {
		fact("stun", Verdict::Good), fact("rendezvous", Verdict::Bad), fact("relay", Verdict::Unknown)};
	known.facts[1].value = "refused";
	known.facts[2].pending = true;
	known.signaling = SignalingState::Refused;
	for (const bool patient : {false, true})
	{
		known.patient = patient;
		EXPECT_THAT(
			judge(known).sentences, ElementsAre("The rendezvous refuses this node, so no peers are found.",
										"This side allows direct links with every NAT.", UNKNOWN));
	}
	known.facts[1].value.clear();
	known.signaling = SignalingState::Connecting;
	EXPECT_THAT(judge(known).sentences, Contains(UNKNOWN)) << "silence is no answer to this";
	known.patient = false;
	EXPECT_THAT(judge(known).sentences, Not(Contains(UNKNOWN))) << "it is tried again";
	known.patient = true;
	known.facts[2].pending = false;
	EXPECT_THAT(judge(known).sentences,
		Contains("There is no relay: peers whose networks let no UDP through are not reached."))
		<< "it is switched off on this side";
}

TEST(NetworkVerdict, SignalingOfTheLocalNetworkHidesNoDeadRendezvous)
{
	auto known = behind(Mapping::EndpointIndependent, Filtering::AddressDependent);
	known.facts = {fact("stun", Verdict::Good), fact("rendezvous", Verdict::Bad)};
	constexpr auto DEAD = "The rendezvous does not answer, so peers are found by other signaling alone.";
	EXPECT_THAT(judge(known).sentences, ElementsAre("This side allows direct links with every NAT.", DEAD))
		<< "nor can anybody know whether it has a relay";
	known.facts[1].value = "refused";
	EXPECT_THAT(judge(known).sentences,
		Contains("The rendezvous refuses this node, so peers are found by other signaling alone."));
	known.facts[1] = fact("rendezvous", Verdict::Unknown);
	EXPECT_THAT(judge(known).sentences, Not(Contains(DEAD)));
	known.patient = true;
	EXPECT_THAT(judge(known).sentences, Contains(DEAD)) << "silence is an answer, too";

	known.facts = {fact("stun", Verdict::Bad), fact("rendezvous", Verdict::Bad)};
	known.candidates.clear();
	EXPECT_FALSE(judge(known).usable) << "nothing was reached";
	EXPECT_THAT(judge(known).sentences,
		ElementsAre("Nothing answers: no STUN server, no rendezvous and no relay.",
			HasSubstr("[rendezvous] url"), "Peers are found by other signaling all the same."));
	known.facts[1].verdict = Verdict::Good;
	EXPECT_TRUE(judge(known).usable);
}

TEST(NetworkVerdict, ThereIsNoRelayOnlyOnceEverybodyHasSaidSo)
{
	constexpr auto NONE = "There is no relay: peers whose networks let no UDP through are not reached.";
	auto known = behind(Mapping::EndpointIndependent, Filtering::AddressDependent);
	known.facts = {fact("stun", Verdict::Good), fact("rendezvous", Verdict::Good),
		fact("relay", Verdict::Unknown), fact("turn", Verdict::Unknown)};
	EXPECT_THAT(judge(known).sentences, Contains(NONE)) << "switched off, or a spare";
	for (const auto at : {2U, 3U})
	{
		known.facts[at].pending = true;
		EXPECT_THAT(judge(known).sentences, Not(Contains(NONE)));
		known.facts[at].pending = false;
	}
}

TEST(NetworkVerdict, SaysWhatIPv6IsGoodFor)
{
	auto known = behind(Mapping::EndpointIndependent, Filtering::Unknown);
	EXPECT_THAT(judge(known).sentences, Not(Contains(HasSubstr("IPv6"))));
	known.facts.push_back(fact("stun", Verdict::Good, "stun.example.org:3478 IPv6"));
	EXPECT_THAT(judge(known).sentences,
		Contains("IPv6 gets through as well; between peers that have it no NAT changes addresses."));
	known.facts.erase(known.facts.begin());
	known.candidates = {seenAs("[2001:db8::7]:40001")};
	EXPECT_THAT(judge(known).sentences,
		Contains("Only IPv6 gets through: peers that have IPv4 alone need the relay."));
}

TEST(NetworkVerdict, SaysWhatAMissingHairpinMeans)
{
	auto known = behind(Mapping::EndpointIndependent, Filtering::Unknown);
	known.nat.hairpin = false;
	EXPECT_THAT(judge(known).sentences, Contains(HasSubstr("Nodes behind this same NAT")));
	known.nat.hairpin = true;
	EXPECT_THAT(judge(known).sentences, Not(Contains(HasSubstr("Nodes behind this same NAT"))));
}

TEST(NetworkVerdict, AMissingRelayMattersToThoseWhoNeedIt)
{
	auto known = behind(Mapping::EndpointIndependent, Filtering::AddressDependent);
	known.facts.pop_back();
	EXPECT_THAT(judge(known).sentences,
		Contains("There is no relay: peers whose networks let no UDP through are not reached."));
	known.signaling = SignalingState::Connecting;
	EXPECT_THAT(judge(known).sentences, ElementsAre("This side allows direct links with every NAT."))
		<< "there may be one yet";
	known.candidates.push_back(seenAs("192.0.2.9:50000", CandidateType::Relayed));
	EXPECT_THAT(judge(known).sentences, Contains(RELAYED));
}

}
