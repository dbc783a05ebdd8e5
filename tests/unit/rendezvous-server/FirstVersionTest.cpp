#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using Ids = std::vector<std::string>;

TEST(FirstVersionTest, twoOldWorkersAreOfferedWithNothingButTheirEndpoints)
{
	World world;
	const Key one = world.worker(1);
	const Key two = world.worker(2);
	EXPECT_EQ((Ids{R"({"type":"udp_endpoint_ack","status":"ok"})",
				  R"({"type":"p2p_connection_offer","peer_worker_id":")" + id(2) +
					  R"(","peer_udp_ip":"203.0.113.2","peer_udp_port":40002})"}),
		world.heard(one));
	EXPECT_EQ(Ids{id(1)}, world.offered(two));
}

TEST(FirstVersionTest, anOldWorkerIsOfferedOnePeerAtATime)
{
	World world;
	const Key worker = world.worker(1);
	const Key one = world.node(2);
	const Key two = world.node(3);
	EXPECT_EQ(Ids{id(2)}, world.offered(worker));
	EXPECT_EQ((Ids{id(1), id(3)}), world.offered(one));
	EXPECT_EQ(Ids{id(2)}, world.offered(two));
	world.leave(one);
	EXPECT_EQ(Ids{id(3)}, world.offered(worker)) << "the next when that one has left";
	EXPECT_EQ(Ids{id(1)}, world.offered(two));
	world.leave(two);
	EXPECT_TRUE(world.heard(worker).empty());
}

TEST(FirstVersionTest, aNodeTakesAnyNumberOfOldWorkers)
{
	World world;
	const Key node = world.node(1);
	const Key one = world.worker(2);
	const Key two = world.worker(3);
	EXPECT_EQ((Ids{id(2), id(3)}), world.offered(node));
	EXPECT_EQ(Ids{id(1)}, world.offered(one));
	EXPECT_EQ(Ids{id(1)}, world.offered(two));
	world.leave(node);
	EXPECT_EQ(Ids{id(3)}, world.offered(one)) << "then they have each other";
	EXPECT_EQ(Ids{id(2)}, world.offered(two));
}

TEST(FirstVersionTest, oldWorkersSpreadOverTheNodes)
{
	World world;
	const Key a = world.node(1);
	const Key b = world.node(2);
	world.quiet();
	for (unsigned number = 3; number <= 6; ++number)
		world.worker(number);
	EXPECT_EQ(2U, world.offered(a).size());
	EXPECT_EQ(2U, world.offered(b).size());
}

TEST(FirstVersionTest, aThirdOldWorkerWaitsForAFreeOne)
{
	World world;
	const Key one = world.worker(1);
	world.worker(2);
	const Key three = world.worker(3);
	EXPECT_EQ(Ids{}, world.offered(three));
	world.quiet();
	world.leave(one);
	EXPECT_EQ(Ids{id(2)}, world.offered(three));
}

TEST(FirstVersionTest, anOldWorkerIsNeverOfferedIpv6)
{
	World world;
	const Key worker = world.worker(1);
	const Key six = world.joinFrom(2, address("2001:db8::2"));
	world.hello(six);
	world.say(six, encode(UpdateUdpEndpoint{*Endpoint::parse("[2001:db8::2]:40002"), ""}));
	EXPECT_EQ(Ids{}, world.offered(worker));
	EXPECT_EQ(Ids{}, world.offered(six));
	world.say(six, encode(UpdateUdpEndpoint{place(2), ""}));
	EXPECT_EQ(Ids{id(2)}, world.offered(worker));

	const Key other = world.node(3);
	world.quiet();
	world.say(six, encode(UpdateUdpEndpoint{*Endpoint::parse("[2001:db8::2]:40002"), ""}));
	EXPECT_EQ(Ids{id(3)}, world.offered(worker)) << "its partner is of no use to it any more";
	EXPECT_EQ((Ids{id(2), id(1)}), world.offered(other));

	world.say(worker, encode(UpdateUdpEndpoint{*Endpoint::parse("[2001:db8::1]:40001"), ""}));
	EXPECT_EQ(
		"error: without hello only IPv4 is understood", world.take<UdpEndpointAck>(worker).at(0).status);
}

TEST(FirstVersionTest, aChangedEndpointIsOfferedAgainToThePartnerOnly)
{
	World world;
	const Key worker = world.worker(1);
	const Key partner = world.node(2);
	const Key other = world.node(3);
	world.quiet();
	world.say(worker, encode(UpdateUdpEndpoint{place(1).withPort(5), ""}));
	EXPECT_EQ(Ids{id(1)}, world.offered(partner));
	EXPECT_EQ(Ids{}, world.offered(other));
	world.say(partner, encode(UpdateUdpEndpoint{place(2).withPort(5), ""}));
	const auto offers = world.take<Offer>(worker);
	ASSERT_EQ(2U, offers.size());
	EXPECT_EQ(5, offers[1].endpoint->port());
}

TEST(FirstVersionTest, aNewPairingHasANewSession)
{
	World world;
	const Key node = world.node(1);
	Key other = world.worker(2);
	const auto first = world.take<Offer>(node).at(0).session;
	// The worker pairs with another node meanwhile, and comes back to this one, over one connection each.
	const Key six = world.joinFrom(3, address("2001:db8::3"));
	world.hello(six);
	world.say(six, encode(UpdateUdpEndpoint{place(3), ""}));
	world.quiet();
	world.say(node, encode(UpdateUdpEndpoint{*Endpoint::parse("[2001:db8::1]:1"), ""}));
	EXPECT_EQ(Ids{id(3)}, world.offered(other));
	world.say(node, encode(UpdateUdpEndpoint{place(1), ""}));
	world.quiet();
	world.leave(six);
	const auto again = world.take<Offer>(node);
	ASSERT_EQ(1U, again.size());
	EXPECT_EQ(id(2), again[0].peer);
	EXPECT_NE(first, again[0].session);
	EXPECT_FALSE(again[0].hello);
}

TEST(FirstVersionTest, whoeverHasOnlyOtherTransportsIsNotOfferedToThem)
{
	World world;
	const Key worker = world.worker(1);
	world.node(2, {"udp-punch/1"});
	EXPECT_EQ(Ids{}, world.offered(worker));
	world.node(3, {"udp-punch/1", "udp-plain/1"});
	EXPECT_EQ(Ids{id(3)}, world.offered(worker));
}

}

}
