// How the relay's port is brought, carries datagrams and ends.
#include <gmock/gmock.h>

#include "tests/integration/rendezvous/RelayCarrierFixture.h"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace gimlet::rendezvous_client
{

namespace
{

using namespace test;

class RelayCarrierTest : public RelayCarrierFixture
{
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

}

}
