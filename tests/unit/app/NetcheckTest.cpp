#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/app/NetcheckPatience.h"
#include "node/app/NetcheckReport.h"
#include "node/app/NetcheckSources.h"
#include "node/protocol/json/Json.h"
#include "tests/support/FakeNode.h"

namespace gimlet::app
{

namespace
{

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto NOBODY = "00000000-0000-8000-8000-000000000001";
constexpr auto ROOM = "netcheck-00000000-0000-8000-8000-000000000002";

const std::vector<std::string> PLUGINS{GIMLET_BUILD_DIR "/plugins"};

core::Sources sources(const std::string& plugins, const std::string& more = {})
{
	return {.file = "node.ini",
		.text = "[node]\nplugins = " + plugins + "\n" + more +
				"\n[rendezvous]\nurl = http://127.0.0.1:9000\nroom = home\ntoken = secret\n",
		.overrides = {"node.name=kitchen"},
		.environment = {{"PORT", "8080"}, {"INTERNAL_UDP_PORT", "8081"}, {"GIMLET_NODE_IDENTITY", "env"},
			{"GIMLET_RENDEZVOUS_ROOM", "lab"}}};
}

/// What `gimlet netcheck` would run with.
core::Setup lookOnly(const core::Sources& from)
{
	core::Setup configured{from, PLUGINS};
	EXPECT_THAT(configured.problems().lines(), IsEmpty());
	const auto changed = netcheckSources(configured, from, ROOM, NOBODY);
	return core::Setup{changed.value(), PLUGINS};
}

NetcheckReport report()
{
	NetcheckReport result;
	result.network.udp = ui::UdpReach::Works;
	result.network.facts.emplace_back(NetworkFact{.topic = "stun",
		.subject = "stun.example.org:3478 IPv4",
		.verdict = NetworkFact::Verdict::Good,
		.text = "answers",
		.value = "203.0.113.7:40001",
		.roundTrip = std::chrono::milliseconds{23}});
	result.network.verdict = {"Links are direct with every NAT."};
	result.signaling = {SignalingState::Connecting, "\x1b[2Jno route"};
	result.plugins = {{"rendezvous", "signaling", PluginState::Degraded, "no route", true},
		{"stun", "discovery", PluginState::Degraded, "no answer", true}};
	result.usable = true;
	result.took = std::chrono::milliseconds{1'260};
	return result;
}

}

TEST(NetcheckSources, RunWhatLooksAtTheNetworkAndNothingElse)
{
	auto setup =
		lookOnly(sources("udp-punch, stun, rendezvous, web, console", "[http]\nlisten = 127.0.0.1:8080"));
	EXPECT_THAT(setup.problems().lines(), IsEmpty());
	std::vector<std::string> names;
	for (const auto& [name, required] : setup.selection())
	{
		names.push_back(name);
		EXPECT_FALSE(required) << name << ": what one cannot do does not keep the others from looking";
	}
	EXPECT_THAT(names, testing::ElementsAre("udp-punch", "stun", "rendezvous"));
	const auto& configuration = setup.configuration();
	EXPECT_EQ(configuration.section("http").text("listen"), "none");
	EXPECT_EQ(configuration.section("node").text("identity"), "ephemeral");
	EXPECT_EQ(configuration.section("node").text("peers"), NOBODY);
	EXPECT_EQ(configuration.section("node").text("name"), "kitchen");
	EXPECT_EQ(configuration.section("rendezvous").text("room"), ROOM);
	EXPECT_EQ(configuration.section("rendezvous").text("token"), "secret");
	EXPECT_EQ(configuration.section("udp-punch").endpoint("listen").port, 0);
}

TEST(NetcheckSources, KeepTheAddressButNotThePort)
{
	auto setup = lookOnly(sources("udp-plain, stun, rendezvous", "[udp-plain]\nlisten = 127.0.0.1:8081"));
	const auto listen = setup.configuration().section("udp-plain").endpoint("listen");
	EXPECT_EQ(listen.endpoint, Endpoint::parse("127.0.0.1:0"));
	EXPECT_EQ(listen.port, 0);
}

TEST(NetcheckSources, ThereAreNoneOfARendezvous)
{
	const core::Sources from{.file = "rendezvous.ini",
		.text = "[node]\nplugins = rendezvous-server, stun-server\n",
		.overrides = {},
		.environment = {}};
	core::Setup configured{from, PLUGINS};
	EXPECT_FALSE(netcheckSources(configured, from, ROOM, NOBODY));
}

namespace
{

constexpr auto Good = NetworkFact::Verdict::Good;
constexpr auto Bad = NetworkFact::Verdict::Bad;

/// Everything was found out, with a rendezvous and signaling of the local network.
ui::NetworkKnowledge everything()
{
	return {.nat = {.mapping = MappingBehaviour::EndpointIndependent,
				.filtering = FilteringBehaviour::EndpointIndependent,
				.hairpin = false},
		.facts = {{.topic = "rendezvous", .verdict = Good, .text = "answers"},
			{.topic = "relay", .verdict = Good, .text = "answers"}},
		.candidates = {},
		.signaling = SignalingState::Online};
}

bool isKnown(const ui::NetworkKnowledge& known)
{
	return isEverythingKnown(known, {{"rendezvous", "signaling", PluginState::Ready, "", false},
										{"lan", "signaling", PluginState::Ready, "", false},
										{"stun", "discovery", PluginState::Ready, "", false}});
}

}

TEST(NetcheckPatience, WaitsForTheRendezvousWhateverOtherSignalingSays)
{
	auto known = everything();
	EXPECT_TRUE(isKnown(known));
	known.facts[0] = {.topic = "rendezvous", .text = "no answer yet", .pending = true};
	EXPECT_FALSE(isKnown(known));
	known.facts[0] = {.topic = "rendezvous", .verdict = Bad, .text = "unreachable"};
	EXPECT_FALSE(isKnown(known)) << "it is tried again";
	known.facts[0].value = "refused";
	EXPECT_TRUE(isKnown(known));
	known.facts.erase(known.facts.begin());
	EXPECT_TRUE(isKnown(known)) << "there may be none";
	known.signaling = SignalingState::Connecting;
	EXPECT_FALSE(isKnown(known));
	EXPECT_TRUE(isEverythingKnown(known, {{"lan", "signaling", PluginState::Failed, "", false}}));
}

TEST(NetcheckPatience, WhatCannotBeFoundOutIsNotWaitedFor)
{
	auto known = everything();
	known.nat.filtering = FilteringBehaviour::Unknown;
	EXPECT_FALSE(isKnown(known));
	known.facts.push_back(
		{.topic = "filtering", .subject = "IPv4", .text = "being found out", .pending = true});
	EXPECT_FALSE(isKnown(known));
	known.facts.back() = {.topic = "filtering", .subject = "IPv4", .text = "unknown"};
	EXPECT_TRUE(isKnown(known)) << "no server of RFC 5780";
	known.facts.push_back(
		{.topic = "filtering", .subject = "IPv6", .text = "being found out", .pending = true});
	EXPECT_FALSE(isKnown(known));
	known.facts.back() = {.topic = "port-mapping", .text = "the router is being asked", .pending = true};
	EXPECT_FALSE(isKnown(known));
	known.facts.back() = {.topic = "port-mapping", .subject = "PCP", .verdict = Bad, .text = "no answer"};
	EXPECT_TRUE(isKnown(known));
	known.facts.pop_back();

	known.facts[1] = {.topic = "relay", .text = "not offered yet", .pending = true};
	EXPECT_FALSE(isKnown(known));
	known.facts[1] = {.topic = "relay", .text = "the rendezvous has none"};
	EXPECT_TRUE(isKnown(known));
	known.facts.push_back({.topic = "turn", .subject = "turn:a", .text = "no answer yet", .pending = true});
	EXPECT_FALSE(isKnown(known));
	known.facts.back() = {.topic = "turn", .subject = "turn:a", .verdict = Bad, .text = "refuses"};
	EXPECT_TRUE(isKnown(known));
}

TEST(NetcheckReport, IsWordsForPeople)
{
	EXPECT_EQ(toText(report()),
		"The network of this machine, looked at for 1.3 s\n"
		"\n"
		"  ✓ UDP        gets through, and the answers come back\n"
		"  ✓ STUN       stun.example.org:3478 IPv4: answers, 203.0.113.7:40001, 23 ms\n"
		"  ✗ Signaling  connecting: \\x1b[2Jno route\n"
		"  · Plugin     stun: degraded: no answer\n"
		"\n"
		"What that means\n"
		"\n"
		"  Links are direct with every NAT.\n");
}

TEST(NetcheckReport, ANodeWithoutSignalingMissesNone)
{
	auto one = report();
	one.plugins.clear();
	EXPECT_THAT(toText(one), Not(HasSubstr("Signaling")));
	one = report();
	one.network.facts.emplace_back(
		NetworkFact{.topic = "rendezvous", .verdict = NetworkFact::Verdict::Bad, .text = "refuses"});
	EXPECT_THAT(toText(one), HasSubstr("✗ Rendezvous  refuses"));
	EXPECT_THAT(toText(one), Not(HasSubstr("connecting"))) << "it has spoken for itself";
}

TEST(NetcheckReport, OtherSignalingThatHasTroubleIsNotPassedOver)
{
	auto one = report();
	one.network.facts.emplace_back(
		NetworkFact{.topic = "rendezvous", .verdict = NetworkFact::Verdict::Good, .text = "answers"});
	one.plugins.push_back({"lan", "signaling", PluginState::Degraded, "no local network", true});
	EXPECT_THAT(toText(one), HasSubstr("· Plugin      lan: degraded: no local network\n"));
	EXPECT_THAT(toText(one), Not(HasSubstr("Signaling")));
}

TEST(NetcheckReport, PeopleAndProgramsHearTheSameOfWhoHasNotAnswered)
{
	test::FakeNode node;
	node.factList = {{.topic = "turn", .subject = "turn:a", .text = "no answer yet", .pending = true},
		{.topic = "stun",
			.subject = "s.test IPv4",
			.verdict = NetworkFact::Verdict::Good,
			.text = "answers"}};
	auto one = report();
	one.network = ui::networkStatus(node, true);
	EXPECT_THAT(toText(one), HasSubstr("✗ TURN       turn:a: no answer\n"));
	EXPECT_THAT(toText(one), HasSubstr("The relay does not answer"));
	const auto json = toJson(one);
	EXPECT_THAT(json, HasSubstr(R"("topic":"turn","subject":"turn:a","verdict":"bad","text":"no answer",)"));
	EXPECT_THAT(json, HasSubstr("The relay does not answer"));
	EXPECT_THAT(json, Not(HasSubstr("pending")));
}

TEST(NetcheckReport, IsOneObjectForPrograms)
{
	std::string error;
	const auto text = toJson(report());
	EXPECT_EQ(text.back(), '\n');
	const auto object = json::Object::parse(std::string_view{text}.substr(0, text.size() - 1), error);
	ASSERT_TRUE(object) << error;
	EXPECT_EQ(object->boolean("usable"), true);
	EXPECT_EQ(object->number("seconds"), 1.26);
	EXPECT_EQ(object->object("signaling")->text("state", 20), "connecting");
	const auto network = object->object("network");
	EXPECT_EQ(network->text("udp", 20), "works");
	EXPECT_THAT(*network->texts("verdict", 9, 99), Contains("Links are direct with every NAT."));
	EXPECT_EQ(network->elements("facts", 9)->size(), 1U) << "as the page gets them";
	EXPECT_EQ(object->elements("plugins", 9)->size(), 2U);
}

}
