// The plugin's relay in virtual time, with a rendezvous that says what the test wants.
#include <gmock/gmock.h>

#include "node/api/HostAddresses.h"
#include "node/protocol/relay/Frame.h"
#include "tests/integration/rendezvous/ClientFixture.h"
#include "tests/integration/rendezvous/ScriptedStreams.h"
#include "tests/support/ManualLoop.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace gimlet::rendezvous_client
{

namespace
{

const std::string OWN = "[100::1111:2222:3333:4444]:9";
const Endpoint PEER = *Endpoint::parse("[100::6162:6364:6566:6768]:9"); // "abcdefgh"

using test::ScriptedStreams;

class RelayCarrierTest : public testing::Test
{
protected:
	void start(const std::map<std::string, std::string>& changes = {})
	{
		auto all = changes;
		all.emplace("url", "http://r.test");
		_alice.start(all);
		carry();
	}

	void carry()
	{
		_loop.drain();
		_streams.carry();
	}

	/// A welcome with a place at the relay. @param ticket "" for none.
	void welcome(const std::string& ticket, const std::string& address = "100::1111:2222:3333:4444")
	{
		std::string text = R"({"type":"welcome","protocol":1,"room":"lobby","seen_ip":"192.0.2.1")";
		if (!ticket.empty())
			text += R"(,"relay":{"path":"/ws/relay/)" + ticket + R"(","address":")" + address + R"("})";
		for (const auto& end : _streams.living())
			if (!end->isRelay())
				end->say(text + "}");
		carry();
	}

	/// The newest connection to the relay.
	ScriptedStreams::End& relay()
	{
		const auto found = std::find_if(
			_streams.ends.rbegin(), _streams.ends.rend(), [](const auto& end) { return end->isRelay(); });
		if (found == _streams.ends.rend())
			throw std::logic_error("no connection to the relay");
		return **found;
	}

	Port& port()
	{
		if (_discoveries.offered.size() != 1)
			throw std::logic_error("not one port");
		return *_discoveries.offered.front();
	}

	NetworkFact fact(const std::string& topic) const
	{
		NetworkFact last;
		for (const auto& one : _alice.context.facts)
			if (one.topic == topic)
				last = one;
		return last;
	}

	double metric(const std::string& name, const std::map<std::string, std::string>& labels = {}) const
	{
		return _alice.context.metric("gimlet_rendezvous_relay_" + name, labels);
	}

	void advance(Duration duration)
	{
		for (Duration passed{}; passed < duration; passed += 100ms)
		{
			_loop.advance(100ms);
			carry();
		}
	}

	test::ManualLoop _loop;
	ScriptedStreams _streams;
	test::RendezvousNode _alice{_loop, _streams};
	test::RecordingDiscoveryHost& _discoveries = _alice.discoveries;
	std::vector<std::string>& _reports = _alice.discoveries.reports;
};

TEST_F(RelayCarrierTest, BringsThePortFirstAndTheCandidateOnceItIsConnected)
{
	start();
	EXPECT_EQ(fact("relay").text, "the rendezvous has not offered it yet");
	EXPECT_TRUE(fact("relay").pending);
	_streams.away = true;
	welcome("1");
	ASSERT_THAT(_discoveries.offered, SizeIs(1));
	EXPECT_EQ(port().kind(), PortKind::Relay);
	EXPECT_EQ(port().localEndpoint().toString(), OWN);
	EXPECT_THAT(_reports, IsEmpty());
	EXPECT_FALSE(port().send(asBytes("x"), PEER));
	_loop.drain();
	EXPECT_EQ(metric("dropped_datagrams_total", {{"reason", "not_connected"}}), 1);

	_streams.away = false;
	carry();
	EXPECT_THAT(_reports, ElementsAre("found relayed " + OWN));
	EXPECT_EQ(metric("online"), 1);
	EXPECT_EQ(metric("connections_total"), 1);
	EXPECT_EQ(fact("relay").verdict, NetworkFact::Verdict::Good);
	EXPECT_EQ(fact("relay").subject, "r.test");
	EXPECT_TRUE(fact("relay").roundTrip);
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Good);
}

TEST_F(RelayCarrierTest, ReachesTheAddressesOfRelaysAlone)
{
	start();
	welcome("1");
	EXPECT_TRUE(port().supports(AF_INET6));
	EXPECT_FALSE(port().supports(AF_INET));
	EXPECT_TRUE(port().reaches(PEER));
	for (const auto& other : {*Endpoint::parse(OWN), PEER.withPort(10), *Endpoint::parse("[2001:db8::1]:9"),
			 *Endpoint::parse("192.0.2.1:9"), Endpoint{}})
	{
		EXPECT_FALSE(port().reaches(other)) << other.toString();
		EXPECT_FALSE(port().send(asBytes("x"), other)) << other.toString();
	}
}

TEST_F(RelayCarrierTest, CarriesDatagramsOfOneRoundInOneWrite)
{
	start();
	welcome("1");
	const auto writes = relay().writes;
	EXPECT_TRUE(port().send(asBytes("one"), PEER));
	EXPECT_TRUE(port().send(asBytes("two"), PEER));
	EXPECT_EQ(relay().writes, writes);
	carry();
	EXPECT_EQ(relay().writes, writes + 1);
	EXPECT_THAT(relay().server.datagrams, ElementsAre("abcdefghone", "abcdefghtwo"));
	relay().sayBytes("abcdefghthree");
	ASSERT_THAT(_discoveries.received, SizeIs(1));
	const auto& [path, bytes] = _discoveries.received.front();
	EXPECT_EQ(path.port, &port());
	EXPECT_EQ(path.local.toString(), OWN);
	EXPECT_EQ(path.remote, PEER);
	EXPECT_EQ(asText(bytes), "three");
	EXPECT_EQ(metric("datagrams_total", {{"direction", "sent"}}), 2);
	EXPECT_EQ(metric("bytes_total", {{"direction", "sent"}}), 6);
	EXPECT_EQ(metric("datagrams_total", {{"direction", "received"}}), 1);
	EXPECT_EQ(metric("bytes_total", {{"direction", "received"}}), 5);
}

TEST_F(RelayCarrierTest, ASlowRelayCostsDatagramsAndNoMemory)
{
	start();
	welcome("1");
	relay().deaf = true;
	const Buffer datagram(1200, 'x');
	for (int i = 0; i < 1000; ++i)
	{
		port().send(datagram, PEER);
		_loop.drain();
	}
	EXPECT_LE(relay().sent.size(), RelayClient::MAX_WAITING);
	EXPECT_GT(metric("dropped_datagrams_total", {{"reason", "congested"}}), 800);
	relay().deaf = false;
	carry();
	EXPECT_TRUE(port().send(datagram, PEER));
	const Buffer longer(1501, 'x');
	EXPECT_FALSE(port().send(longer, PEER));
	_loop.drain();
	EXPECT_EQ(metric("dropped_datagrams_total", {{"reason", "length"}}), 1);
}

TEST_F(RelayCarrierTest, OneThatAsksForPongsAndReadsNoneIsLeft)
{
	start();
	welcome("1");
	auto& end = relay();
	end.deaf = true;
	Buffer ping{0x89, 125};
	ping.resize(2 + 125, 'x');
	for (int i = 0; i < 10'000 && end.handler; ++i)
		end.handler->onStreamData(ping);
	EXPECT_EQ(end.handler, nullptr);
	EXPECT_LT(end.sent.size(), 3 * RelayClient::MAX_WAITING);
	EXPECT_THAT(fact("relay").text, HasSubstr("reads nothing"));
}

TEST_F(RelayCarrierTest, TheCandidateOutlivesAShortOutageAndThePortALongOne)
{
	start();
	welcome("1");
	advance(11s);
	_reports.clear();
	_streams.away = true;
	relay().fail("reset");
	EXPECT_EQ(metric("online"), 0);
	EXPECT_EQ(fact("relay").verdict, NetworkFact::Verdict::Bad);
	EXPECT_EQ(fact("relay").text, "the connection to the relay was lost: reset");
	advance(9s);
	EXPECT_THAT(_reports, IsEmpty());
	advance(2s);
	EXPECT_THAT(_reports, ElementsAre("lost relayed " + OWN));
	EXPECT_THAT(_discoveries.offered, SizeIs(1));
	_streams.away = false;
	carry();
	EXPECT_THAT(_reports, ElementsAre("lost relayed " + OWN, "found relayed " + OWN));
}

TEST_F(RelayCarrierTest, ARefusedTicketIsReplacedByTheNextWelcomes)
{
	start();
	_streams.refusal = "HTTP/1.1 404 Not Found\r\n\r\n";
	welcome("old");
	EXPECT_EQ(fact("relay").verdict, NetworkFact::Verdict::Bad);
	EXPECT_THAT(fact("relay").text, HasSubstr("does not know this node (404)"));
	EXPECT_EQ(metric("failures_total"), 1);
	_streams.refusal.clear();
	advance(50s);
	EXPECT_THAT(_reports, IsEmpty());
	welcome("new");
	EXPECT_THAT(relay().server.request, HasSubstr("GET /ws/relay/new "));
	EXPECT_THAT(_reports, ElementsAre("found relayed " + OWN));
}

TEST_F(RelayCarrierTest, AnotherAddressNeedsAnotherPort)
{
	start();
	welcome("1");
	welcome("2", "100::5");
	EXPECT_EQ(port().localEndpoint().toString(), "[100::5]:9");
	EXPECT_EQ(_reports.back(), "found relayed [100::5]:9");
	welcome("");
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	EXPECT_EQ(fact("relay").text, "the rendezvous has none");
	EXPECT_THAT(_streams.living(), SizeIs(1));
	welcome("3");
	EXPECT_EQ(port().localEndpoint().toString(), OWN);
}

TEST_F(RelayCarrierTest, IsNotOnlineWhileItMovesToAnotherPlace)
{
	start();
	welcome("1");
	EXPECT_EQ(metric("online"), 1);
	_streams.away = true;
	welcome("2", "100::5");
	EXPECT_EQ(metric("online"), 0);
	_streams.away = false;
	carry();
	EXPECT_EQ(metric("online"), 1);
	EXPECT_EQ(metric("connections_total"), 2);
}

TEST_F(RelayCarrierTest, IsSwitchedOffAndOnByConfiguration)
{
	start({{"relay", "no"}});
	EXPECT_EQ(fact("relay").text, "switched off by relay in [rendezvous]");
	EXPECT_EQ(fact("relay").verdict, NetworkFact::Verdict::Unknown);
	welcome("1");
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	EXPECT_THAT(_streams.ends, SizeIs(1));
	_alice.plugin.reconfigure(_alice.settingsWith({{"relay", "yes"}}));
	carry();
	EXPECT_THAT(_reports, ElementsAre("found relayed " + OWN));
	_alice.plugin.reconfigure(_alice.settingsWith({{"relay", "no"}}));
	carry();
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	EXPECT_EQ(relay().server.closeCode, 1001);
	EXPECT_EQ(metric("online"), 0);
}

TEST_F(RelayCarrierTest, AnotherRoomHasAnotherPlace)
{
	start();
	welcome("1");
	_alice.plugin.reconfigure(_alice.settingsWith({{"room", "attic"}}));
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	carry();
	welcome("2", "100::5");
	EXPECT_EQ(port().localEndpoint().toString(), "[100::5]:9");
}

TEST_F(RelayCarrierTest, SaysOfTheRendezvousHowItIsNow)
{
	_streams.away = true;
	start();
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Unknown);
	EXPECT_TRUE(fact("rendezvous").pending);
	_streams.away = false;
	carry();
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Good);
	EXPECT_EQ(fact("rendezvous").text, "answers");
	EXPECT_FALSE(fact("rendezvous").pending);
	_streams.refusal = "HTTP/1.1 401 Unauthorized\r\n\r\n";
	_streams.ends.front()->fail("reset");
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Bad);
	EXPECT_THAT(fact("rendezvous").text, HasSubstr("reset"));
	EXPECT_EQ(fact("rendezvous").value, "");
	advance(3s);
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Bad);
	EXPECT_EQ(fact("rendezvous").value, "refused");
}

TEST_F(RelayCarrierTest, OfARendezvousThatWasLeftNothingIsSaid)
{
	start();
	welcome("1");
	_alice.context.facts.clear();
	_alice.plugin.reconfigure(_alice.settingsWith({{"url", "http://other.test"}}));
	std::vector<std::string> takenBack;
	for (const auto& one : _alice.context.facts)
		if (one.subject == "r.test" && one.text.empty())
			takenBack.push_back(one.topic);
	EXPECT_THAT(takenBack, testing::UnorderedElementsAre("rendezvous", "relay"));
	EXPECT_EQ(fact("relay").subject, "other.test");
	carry();
	EXPECT_EQ(fact("rendezvous").subject, "other.test");
	EXPECT_NE(_alice.context.facts.back().subject, "r.test");
}

TEST_F(RelayCarrierTest, SaysThatItIsTheRelayThatWent)
{
	start();
	welcome("1");
	relay().handler->onStreamData(relay().server.close(1001));
	EXPECT_EQ(fact("relay").text, "the relay went away");
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Good);
}

TEST_F(RelayCarrierTest, LivesOnWhileTheSignalingIsAway)
{
	start();
	welcome("1");
	advance(11s);
	_reports.clear();
	for (const auto& end : _streams.living())
		if (!end->isRelay())
			end->fail("reset");
	EXPECT_TRUE(port().send(asBytes("still"), PEER));
	advance(5s);
	EXPECT_THAT(relay().server.datagrams, ElementsAre("abcdefghstill"));
	welcome("2");
	advance(11s);
	EXPECT_THAT(relay().server.request, HasSubstr("/ws/relay/1 ")) << "another ticket, and the same place";
	EXPECT_THAT(_reports, IsEmpty());
}

TEST_F(RelayCarrierTest, BothConnectionsMustShowThatTheyLiveWhenTheNetworkChanges)
{
	start();
	welcome("1");
	for (const auto& end : _streams.living())
		end->server.alive = false;
	_alice.plugin.networkChanged();
	advance(5s);
	EXPECT_THAT(_streams.ends, SizeIs(4)) << "two connections, each made anew";
	EXPECT_THAT(_streams.living(), SizeIs(2));
	EXPECT_EQ(_alice.host.state, SignalingState::Online);
	EXPECT_EQ(metric("online"), 1);
}

TEST_F(RelayCarrierTest, BothConnectionsAreMadeAnewAtOnceWhenTheirAddressIsGone)
{
	start();
	welcome("1");
	for (const auto& end : _streams.living())
	{
		end->server.alive = false;
		end->local = *Endpoint::parse("192.0.2.99:40000"); // of RFC 5737: no machine has it
	}
	_alice.plugin.networkChanged();
	EXPECT_THAT(_alice.host.detail, HasSubstr("is gone"));
	EXPECT_THAT(fact("relay").text, HasSubstr("is gone"));
	carry();
	EXPECT_THAT(_streams.ends, SizeIs(4)) << "two connections, each made anew";
	EXPECT_THAT(_streams.living(), SizeIs(2));
	EXPECT_EQ(_alice.host.state, SignalingState::Online);
	EXPECT_EQ(metric("online"), 1);
	EXPECT_EQ(metric("failures_total"), 1);
	EXPECT_EQ(_alice.context.metric("gimlet_rendezvous_failures_total"), 1);
}

TEST_F(RelayCarrierTest, AConnectionWhoseAddressIsThereIsKept)
{
	start();
	welcome("1");
	auto local = Endpoint::loopback(AF_INET, 40000);
	for (const auto& host : hostAddresses())
		local = host.withPort(40000);
	for (const auto& end : _streams.living())
		end->local = local;
	_alice.plugin.networkChanged();
	advance(5s);
	EXPECT_THAT(_streams.ends, SizeIs(2)) << local.toString();
	EXPECT_THAT(_streams.living(), SizeIs(2));
	EXPECT_EQ(_alice.host.state, SignalingState::Online);
	EXPECT_EQ(metric("online"), 1);
}

TEST_F(RelayCarrierTest, GoesTheSameWayAsTheSignaling)
{
	const test::TempFolder folder;
	const std::string proxy = "http://user:pass@proxy.test:3128";
	start({{"url", "https://r.test/base?a=b"}, {"ca_file", "/ca.pem"}, {"proxy", proxy}, {"token", "ours"},
		{"iam_token_file", folder.write("iam", "googles")}});
	welcome("1");
	const auto& target = relay().target;
	EXPECT_EQ(target.host, "r.test");
	EXPECT_EQ(target.port, 443);
	EXPECT_TRUE(target.tls);
	EXPECT_EQ(target.caFile, "/ca.pem");
	EXPECT_EQ(target.proxy, proxy);
	EXPECT_THAT(relay().server.request, HasSubstr("GET /base/ws/relay/1?a=b HTTP/1.1\r\n"));
	EXPECT_THAT(relay().server.request, HasSubstr("\r\nX-Serverless-Authorization: Bearer googles\r\n"));
	EXPECT_THAT(relay().server.request, testing::Not(HasSubstr("ours")));
}

TEST_F(RelayCarrierTest, KeepsTheTicketOutOfThePath)
{
	start();
	_streams.ends.front()->say(
		R"({"type":"welcome","protocol":1,"relay":{"path":"/ws/relay/abc","ticket":"abc","address":"100::1"}})");
	carry();
	EXPECT_THAT(relay().server.request, HasSubstr("GET /ws/relay HTTP/1.1\r\n"));
	EXPECT_THAT(relay().server.request, HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
	EXPECT_EQ(metric("online"), 1);
}

TEST_F(RelayCarrierTest, StopsWithDatagramsInHand)
{
	start();
	welcome("1");
	EXPECT_TRUE(port().send(asBytes("last"), PEER));
	_alice.plugin.stop();
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	EXPECT_THAT(_streams.living(), IsEmpty());
	carry();
	EXPECT_THAT(relay().server.datagrams, ElementsAre("abcdefghlast"));
	EXPECT_EQ(relay().server.closeCode, 1001);
	EXPECT_EQ(_loop.timers(), 0U);
	_alice.plugin.networkChanged();
	_alice.plugin.stop();
	_alice.start({});
	carry();
	welcome("2");
	EXPECT_EQ(_reports.back(), "found relayed " + OWN);
}

TEST_F(RelayCarrierTest, TurnServersAreHandedOn)
{
	start();
	_streams.ends.front()->say(
		R"({"type":"turn","turn":[{"urls":["turn:t.test"],"username":"u","credential":"p"}],"turn_ttl":60})");
	EXPECT_THAT(_alice.host.turnServers, ElementsAre(RelayServer{"turn:t.test", "u", "p"}));
}

}

}
