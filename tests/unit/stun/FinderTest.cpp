#include "plugins/discovery/stun/Finder.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/discovery/stun/Facts.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"

using namespace gimlet;
using namespace std::chrono_literals;
using stun_discovery::Finder;

namespace
{

Endpoint endpoint(std::string_view text)
{
	return Endpoint::parse(text).value();
}

class FakePort final : public Port
{
public:
	PortKind kind() const override
	{
		return portKind;
	}
	Endpoint localEndpoint() const override
	{
		return Endpoint::any(AF_INET, 8081);
	}
	bool supports(int family) const override
	{
		return family == AF_INET;
	}
	bool send(ByteView datagram, const Endpoint& remote) override
	{
		auto& sentThere = remote.addressString() == "203.0.113.7" ? toItself : sent;
		sentThere.emplace_back(Buffer(datagram.begin(), datagram.end()), remote);
		return works;
	}

	PortKind portKind = PortKind::Udp;
	bool works = true;
	std::vector<std::pair<Buffer, Endpoint>> sent;     ///< to servers
	std::vector<std::pair<Buffer, Endpoint>> toItself; ///< to its public address
};

class FakeHost final : public DiscoveryHost
{
public:
	void candidateFound(const Candidate& candidate) override
	{
		found.push_back(candidate);
	}
	void candidateLost(const Candidate& candidate) override
	{
		lost.push_back(candidate);
	}
	void gatheringDone(Port&) override
	{
		++done;
	}
	void mappingBehaviour(Port&, MappingBehaviour found_, const std::string& text) override
	{
		behaviour = found_;
		detail = text;
	}
	void natBehaviour(Port& port, const NatBehaviour& nat) override
	{
		nats[&port] = nat;
	}
	void portOffered(Port&) override {}
	void portWithdrawn(Port&) override {}
	void datagramReceived(ByteView, const Path&) override {}
	void publicAddress(const std::string&, const std::string&) override {}

	std::vector<Candidate> found;
	std::vector<Candidate> lost;
	int done = 0;
	MappingBehaviour behaviour = MappingBehaviour::Unknown;
	std::string detail;
	std::map<Port*, NatBehaviour> nats;
};

constexpr const char* SERVER = "192.0.2.1:3478";
constexpr const char* MAPPED = "203.0.113.7:40001";

class StunFinderTest : public testing::Test
{
protected:
	StunFinderTest()
	{
		context.discoveries = &host;
		context.names.answers["stun.example.org"] = {{endpoint(SERVER)}, {}};
		configure("stun.example.org");
		EXPECT_EQ(problems.all, std::vector<std::string>{});
	}

	void configure(const std::string& servers)
	{
		finder.configure(test::settings("stun", {{"servers", servers}, {"refresh", "20"}}), problems);
	}

	/// An answer to the last request that a port sent, from a server.
	bool answer(FakePort& asked, const std::string& from, const std::string& mapped)
	{
		std::array<std::uint8_t, 100> buffer{};
		const auto request = stun::MessageView::parse(asked.sent.back().first).value();
		const auto bytes = stun::MessageBuilder(
			buffer, stun::MessageClass::SuccessResponse, stun::method::BINDING, request.transactionId())
							   .xorAddress(endpoint(mapped))
							   .finish();
		return finder.onDatagram(bytes, {&asked, asked.localEndpoint(), endpoint(from)}, loop.now());
	}

	test::ManualLoop loop;
	test::FakeContext context{loop, "stun"};
	FakeHost host;
	test::FakeProblems problems;
	FakePort port;
	Finder finder{context};
};

}

TEST_F(StunFinderTest, findsTheAddressThroughThePortLent)
{
	finder.start();
	EXPECT_EQ(context.state, PluginState::Starting);
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_EQ(port.sent.size(), 1U);
	EXPECT_EQ(port.sent[0].second, endpoint(SERVER));
	EXPECT_EQ(context.state, PluginState::Starting);
	loop.advance(30ms);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	ASSERT_EQ(host.found.size(), 1U);
	EXPECT_EQ(host.found[0].type, CandidateType::ServerReflexive);
	EXPECT_EQ(host.found[0].endpoint, endpoint(MAPPED));
	EXPECT_EQ(host.found[0].base, port.localEndpoint());
	EXPECT_EQ(host.found[0].port, &port);
	EXPECT_EQ(host.found[0].source, "stun.example.org:3478");
	EXPECT_EQ(host.done, 1);
	EXPECT_EQ(context.state, PluginState::Ready);
	EXPECT_EQ(context.metric("gimlet_stun_requests_total", {{"result", "sent"}}), 2) << "one to itself";
	EXPECT_EQ(context.metric("gimlet_stun_answers_total"), 1);
	finder.stop();
	EXPECT_EQ(loop.timers(), 0U);
}

TEST_F(StunFinderTest, announcesAChangedAddress)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	loop.advance(25s);
	ASSERT_GE(port.sent.size(), 2U);
	ASSERT_TRUE(answer(port, SERVER, "203.0.113.7:40002"));
	ASSERT_EQ(host.found.size(), 2U);
	ASSERT_EQ(host.lost.size(), 1U);
	EXPECT_EQ(host.found[1].endpoint, endpoint("203.0.113.7:40002"));
	EXPECT_EQ(host.lost[0].endpoint, endpoint(MAPPED));
	EXPECT_EQ(host.lost[0].port, &port);
	EXPECT_EQ(context.metric("gimlet_stun_addresses_lost_total"), 1);
}

TEST_F(StunFinderTest, everyPortIsAskedForItself)
{
	FakePort second;
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	finder.portOpened(second);
	loop.advance(0s);
	ASSERT_EQ(second.sent.size(), 1U) << "the name is known by now";
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	ASSERT_TRUE(answer(second, SERVER, "203.0.113.7:40009"));
	EXPECT_EQ(host.found.at(1).port, &second);
	EXPECT_EQ(context.names.asked.size(), 1U);
	finder.portClosed(second);
	EXPECT_FALSE(answer(second, SERVER, MAPPED));
	loop.advance(60s);
	EXPECT_EQ(second.sent.size(), 1U);
	EXPECT_GE(port.sent.size(), 2U);
}

TEST_F(StunFinderTest, aRelayedPortIsLeftAlone)
{
	port.portKind = PortKind::Turn;
	finder.start();
	finder.portOpened(port);
	loop.advance(10s);
	EXPECT_TRUE(port.sent.empty());
}

TEST_F(StunFinderTest, saysThatNobodyAnswersAndRecovers)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(6s);
	EXPECT_EQ(context.state, PluginState::Degraded);
	EXPECT_NE(context.states.back().find("stun.example.org:3478"), std::string::npos)
		<< context.states.back();
	EXPECT_EQ(host.done, 1);
	EXPECT_EQ(host.found.size(), 0U);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	EXPECT_EQ(context.state, PluginState::Ready);
}

TEST_F(StunFinderTest, anAbsentNetworkIsWaitedFor)
{
	port.works = false;
	context.names.answers["stun.example.org"] = {{}, "no such name: stun.example.org"};
	finder.start();
	finder.portOpened(port);
	loop.advance(5min);
	EXPECT_EQ(context.state, PluginState::Degraded);
	EXPECT_NE(context.states.back().find("no such name"), std::string::npos) << context.states.back();
	const auto lookups = context.names.asked.size();
	EXPECT_GE(lookups, 10U);
	EXPECT_LE(lookups, 20U);
	context.names.answers["stun.example.org"] = {{endpoint(SERVER)}, {}};
	loop.advance(31s);
	EXPECT_GE(port.sent.size(), 1U);
	EXPECT_GE(context.metric("gimlet_stun_requests_total", {{"result", "not_sent"}}), 1);
	port.works = true;
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	EXPECT_EQ(context.state, PluginState::Ready);
}

TEST_F(StunFinderTest, aHangingResolverDelaysOnlyItsOwnServer)
{
	context.names.answers["other.example.org"] = {{endpoint("198.51.100.1:3478")}, {}};
	configure("hangs.example.org, other.example.org");
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_TRUE(answer(port, "198.51.100.1:3478", MAPPED));
	EXPECT_EQ(host.found.size(), 1U);
	EXPECT_EQ(context.names.pending(), 1U);
	finder.stop();
	EXPECT_EQ(context.names.pending(), 0U);
	EXPECT_EQ(loop.timers(), 0U);
}

TEST_F(StunFinderTest, aServerThatDiedIsLookedUpAgain)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(30s);
	EXPECT_EQ(context.names.asked.size(), 1U);
	loop.advance(10s);
	EXPECT_EQ(context.names.asked.size(), 2U) << "after 39.5 s it counts as dead";
}

TEST_F(StunFinderTest, otherServersAreTakenFromAChangedConfiguration)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	context.names.answers["other.example.org"] = {{endpoint("198.51.100.1:3478")}, {}};
	finder.reconfigure(test::settings("stun", {{"servers", "other.example.org:3478"}, {"refresh", "60"}}));
	ASSERT_GE(context.facts.size(), 2U);
	EXPECT_EQ(context.facts.end()[-2].subject, "stun.example.org:3478 IPv4");
	EXPECT_EQ(context.facts.end()[-2].text, "") << "it is asked no more";
	loop.advance(0s);
	ASSERT_EQ(port.sent.back().second, endpoint("198.51.100.1:3478"));
	ASSERT_TRUE(answer(port, "198.51.100.1:3478", MAPPED));
	EXPECT_TRUE(host.lost.empty());
	const auto count = port.sent.size();
	loop.advance(59s);
	EXPECT_EQ(port.sent.size(), count);
	loop.advance(17s);
	EXPECT_GT(port.sent.size(), count);
	finder.reconfigure(test::settings("stun", {{"servers", ""}, {"refresh", "60"}}));
	ASSERT_TRUE(answer(port, "198.51.100.1:3478", MAPPED)) << "an empty list changes nothing";
}

TEST_F(StunFinderTest, tellsWhatTheNatDoes)
{
	context.names.answers["other.example.org"] = {{endpoint("198.51.100.1:3478")}, {}};
	configure("stun.example.org, other.example.org");
	finder.start();
	finder.portOpened(port);
	loop.advance(20ms);
	ASSERT_TRUE(answer(port, SERVER, "203.0.113.7:8081"));
	port.sent.pop_back();
	ASSERT_TRUE(answer(port, "198.51.100.1:3478", "203.0.113.7:8081"));
	loop.advance(3s);
	ASSERT_TRUE(host.nats.contains(&port));
	const auto& nat = host.nats[&port];
	EXPECT_EQ(nat.mapping, MappingBehaviour::EndpointIndependent);
	EXPECT_EQ(nat.filtering, FilteringBehaviour::Unknown) << "no server has a second address";
	EXPECT_EQ(nat.assignment, PortAssignment::Preserving);
	EXPECT_EQ(nat.hairpin, false);
	EXPECT_EQ(nat.address, endpoint("203.0.113.7:0"));
	ASSERT_EQ(context.facts.size(), 7U);
	EXPECT_EQ(context.facts[0].topic, "stun");
	EXPECT_EQ(context.facts[0].subject, "stun.example.org:3478 IPv4");
	EXPECT_EQ(context.facts[0].value, "203.0.113.7:8081");
	EXPECT_EQ(context.facts[0].roundTrip, 20ms);
	EXPECT_EQ(context.facts[1].topic, "filtering");
	EXPECT_TRUE(context.facts[1].pending);
	EXPECT_EQ(context.facts[3].topic, "mapping");
	EXPECT_EQ(context.facts[3].subject, "IPv4");
	EXPECT_EQ(context.facts[3].value, "endpoint-independent");
	EXPECT_EQ(context.facts[3].verdict, NetworkFact::Verdict::Good);
	EXPECT_EQ(context.facts[4].topic, "filtering");
	EXPECT_EQ(context.facts[4].subject, context.facts[1].subject);
	EXPECT_EQ(context.facts[4].verdict, NetworkFact::Verdict::Unknown);
	EXPECT_FALSE(context.facts[4].pending) << "nobody is left to ask";
	EXPECT_EQ(context.facts[5].topic, "port assignment");
	EXPECT_EQ(context.facts[6].topic, "hairpin");
	EXPECT_EQ(context.facts[6].value, "no");
}

TEST_F(StunFinderTest, withoutANatItTakesBackWhatWasSaidOfItsPorts)
{
	const stun_discovery::Behaviour behaviour{.family = AF_INET,
		.nat = {.mapping = MappingBehaviour::EndpointIndependent, .assignment = PortAssignment::Random},
		.complete = true};
	const auto behind = stun_discovery::factsOf(behaviour, false);
	const auto open = stun_discovery::factsOf(behaviour, true);
	ASSERT_EQ(behind.size(), 4U);
	ASSERT_EQ(open.size(), 4U);
	EXPECT_EQ(behind[0].value, "endpoint-independent");
	EXPECT_EQ(open[0].value, "no NAT");
	for (const auto at : {2U, 3U})
	{
		EXPECT_EQ(open[at].topic, behind[at].topic);
		EXPECT_EQ(open[at].subject, "IPv4");
		EXPECT_NE(behind[at].text, "");
		EXPECT_EQ(open[at].text, "");
	}
}

TEST_F(StunFinderTest, itsRequestToItselfIsTakenWhenItComesBack)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	ASSERT_EQ(port.toItself.size(), 1U);
	EXPECT_EQ(port.toItself[0].second, endpoint(MAPPED));
	const auto request = port.toItself[0].first;
	EXPECT_TRUE(finder.onDatagram(request, {&port, {}, endpoint(MAPPED)}, loop.now()));
	EXPECT_EQ(host.nats[&port].hairpin, true);
	EXPECT_TRUE(finder.onDatagram(request, {&port, {}, endpoint(MAPPED)}, loop.now())) << "once more";
	auto other = request;
	other.back() ^= 1;
	EXPECT_FALSE(finder.onDatagram(other, {&port, {}, endpoint(MAPPED)}, loop.now())) << "a peer's";
}

TEST_F(StunFinderTest, saysWhichServerFails)
{
	context.names.answers["nowhere.example.org"] = {{}, "no such name"};
	configure("stun.example.org, nowhere.example.org");
	finder.start();
	finder.portOpened(port);
	loop.advance(4s);
	ASSERT_EQ(context.facts.size(), 2U);
	EXPECT_EQ(context.facts[0].subject, "nowhere.example.org:3478 IPv4");
	EXPECT_EQ(context.facts[0].text, "its name cannot be looked up");
	EXPECT_EQ(context.facts[1].subject, "stun.example.org:3478 IPv4");
	EXPECT_EQ(context.facts[1].text, "no answer in 3 s");
	EXPECT_EQ(context.facts[1].verdict, NetworkFact::Verdict::Bad);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	EXPECT_EQ(context.facts.at(2).subject, "stun.example.org:3478 IPv4");
	EXPECT_EQ(context.facts.at(2).text, "answers");
	EXPECT_EQ(context.facts.at(2).roundTrip, std::nullopt) << "nobody knows which question was answered";
}

TEST_F(StunFinderTest, refreshAsksAtOnce)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	ASSERT_TRUE(answer(port, SERVER, MAPPED));
	loop.advance(1s);
	finder.refresh();
	EXPECT_EQ(port.sent.size(), 2U);
}

TEST_F(StunFinderTest, withoutATransportItSaysSo)
{
	finder.start();
	loop.advance(3s);
	EXPECT_EQ(context.states.back(), "degraded: no transport has opened a port to ask from");
	finder.portOpened(port);
	EXPECT_EQ(context.state, PluginState::Starting);
}

TEST_F(StunFinderTest, leavesWhatIsNotItsAnswerToOthers)
{
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	EXPECT_FALSE(answer(port, "198.51.100.1:3478", MAPPED)) << "from another source";
	FakePort stranger;
	stranger.sent = port.sent;
	EXPECT_FALSE(answer(stranger, SERVER, MAPPED)) << "through another port";
	EXPECT_FALSE(finder.onDatagram(asBytes(""), {&port, {}, endpoint(SERVER)}, loop.now()));
	EXPECT_TRUE(answer(port, SERVER, MAPPED));
}

TEST_F(StunFinderTest, refusesAListThatIsEmptyOrTooLong)
{
	configure("");
	ASSERT_EQ(problems.all.size(), 1U);
	std::string many;
	for (int i = 0; i < 17; ++i)
		many += "s" + std::to_string(i) + ".example.org,";
	configure(many);
	ASSERT_EQ(problems.all.size(), 2U);
	EXPECT_NE(problems.all[1].find("17 servers"), std::string::npos);
}

TEST_F(StunFinderTest, startsAgainAfterAStop)
{
	finder.stop();
	finder.start();
	finder.stop();
	finder.start();
	finder.portOpened(port);
	loop.advance(0s);
	EXPECT_TRUE(answer(port, SERVER, MAPPED));
}
