// What becomes of the relay's port and candidate when connections end, or the network changes.
#include <gmock/gmock.h>

#include "node/api/HostAddresses.h"
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

class RelayOutageTest : public RelayCarrierFixture
{
};

TEST_F(RelayOutageTest, TheCandidateOutlivesAShortOutageAndThePortALongOne)
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

TEST_F(RelayOutageTest, ARefusedTicketIsReplacedByTheNextWelcomes)
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

TEST_F(RelayOutageTest, SaysThatItIsTheRelayThatWent)
{
	start();
	welcome("1");
	relay().handler->onStreamData(relay().server.close(1001));
	EXPECT_EQ(fact("relay").text, "the relay went away");
	EXPECT_EQ(fact("rendezvous").verdict, NetworkFact::Verdict::Good);
}

TEST_F(RelayOutageTest, LivesOnWhileTheSignalingIsAway)
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

TEST_F(RelayOutageTest, BothConnectionsMustShowThatTheyLiveWhenTheNetworkChanges)
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

TEST_F(RelayOutageTest, BothConnectionsAreMadeAnewAtOnceWhenTheirAddressIsGone)
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

TEST_F(RelayOutageTest, AConnectionWhoseAddressIsThereIsKept)
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

}

}
