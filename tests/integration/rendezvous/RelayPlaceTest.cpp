// Which place at the relay is taken, by what way, and what is said of it.
#include <gmock/gmock.h>

#include "tests/integration/rendezvous/RelayCarrierFixture.h"
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

using namespace test;

class RelayPlaceTest : public RelayCarrierFixture
{
};

TEST_F(RelayPlaceTest, AnotherAddressNeedsAnotherPort)
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

TEST_F(RelayPlaceTest, IsNotOnlineWhileItMovesToAnotherPlace)
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

TEST_F(RelayPlaceTest, IsSwitchedOffAndOnByConfiguration)
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

TEST_F(RelayPlaceTest, AnotherRoomHasAnotherPlace)
{
	start();
	welcome("1");
	_alice.plugin.reconfigure(_alice.settingsWith({{"room", "attic"}}));
	EXPECT_THAT(_discoveries.offered, IsEmpty());
	carry();
	welcome("2", "100::5");
	EXPECT_EQ(port().localEndpoint().toString(), "[100::5]:9");
}

TEST_F(RelayPlaceTest, SaysOfTheRendezvousHowItIsNow)
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

TEST_F(RelayPlaceTest, OfARendezvousThatWasLeftNothingIsSaid)
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

TEST_F(RelayPlaceTest, GoesTheSameWayAsTheSignaling)
{
	const TempFolder folder;
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

TEST_F(RelayPlaceTest, KeepsTheTicketOutOfThePath)
{
	start();
	_streams.ends.front()->say(
		R"({"type":"welcome","protocol":1,"relay":{"path":"/ws/relay/abc","ticket":"abc","address":"100::1"}})");
	carry();
	EXPECT_THAT(relay().server.request, HasSubstr("GET /ws/relay HTTP/1.1\r\n"));
	EXPECT_THAT(relay().server.request, HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
	EXPECT_EQ(metric("online"), 1);
}

TEST_F(RelayPlaceTest, TurnServersAreHandedOn)
{
	start();
	_streams.ends.front()->say(
		R"({"type":"turn","turn":[{"urls":["turn:t.test"],"username":"u","credential":"p"}],"turn_ttl":60})");
	EXPECT_THAT(_alice.host.turnServers, ElementsAre(RelayServer{"turn:t.test", "u", "p"}));
}

}

}
