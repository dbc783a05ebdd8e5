#include "plugins/service/rendezvous-server/Rendezvous.h"

#include "node/protocol/websocket/CloseCode.h"
#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using Ids = std::vector<std::string>;

const std::vector<std::string> PUNCH{"udp-punch/1"};

TEST(RendezvousTest, welcomesWhoSaysHello)
{
	World world;
	const Key node = world.join(1, "den");
	EXPECT_TRUE(world.heard(node).empty());
	world.hello(node);
	const auto welcome = world.take<Welcome>(node);
	ASSERT_EQ(1U, welcome.size());
	EXPECT_EQ(1, welcome[0].protocol);
	EXPECT_EQ("den", welcome[0].room);
	EXPECT_EQ("203.0.113.1", welcome[0].seenIp);
	EXPECT_EQ(25.0, welcome[0].pingInterval);
}

TEST(RendezvousTest, offersTwoNodesToEachOtherWhenBothHaveAnEndpoint)
{
	World world;
	const Key one = world.node(1);
	const Key two = world.node(2, {"udp-plain/1"}, false);
	EXPECT_TRUE(world.offered(one).empty());
	EXPECT_TRUE(world.offered(two).empty());
	world.say(two, encode(UpdateUdpEndpoint{place(2), ""}));
	const auto toOne = world.take<Offer>(one);
	const auto toTwo = world.take<Offer>(two);
	ASSERT_EQ(1U, toOne.size());
	ASSERT_EQ(1U, toTwo.size());
	EXPECT_EQ(id(2), toOne[0].peer);
	EXPECT_EQ(place(2), toOne[0].endpoint);
	EXPECT_EQ("udp-plain/1", toOne[0].transport);
	EXPECT_EQ("node 2", toOne[0].name);
	EXPECT_TRUE(toOne[0].hello);
	EXPECT_EQ(id(1), toTwo[0].peer);
	EXPECT_EQ(toOne[0].session, toTwo[0].session);
}

TEST(RendezvousTest, offersOtherTransportsOnHelloAndWithoutAddresses)
{
	World world;
	const Key one = world.node(1, PUNCH, false);
	const Key two = world.node(2, PUNCH, false);
	const auto toOne = world.take<Offer>(one);
	ASSERT_EQ(1U, toOne.size());
	EXPECT_FALSE(toOne[0].endpoint);
	EXPECT_EQ("udp-punch/1", toOne[0].transport);
	EXPECT_EQ(Ids{id(1)}, world.offered(two));
	// An endpoint is of no interest to this transport.
	world.say(one, encode(UpdateUdpEndpoint{place(1), ""}));
	EXPECT_TRUE(world.offered(two).empty());
}

TEST(RendezvousTest, everyPairOfARoomIsOfferedAndNobodyElse)
{
	World world;
	std::vector<Key> keys;
	for (unsigned number = 1; number <= 10; ++number)
		keys.push_back(world.node(number, {"udp-plain/1"}, true, number <= 7 ? "a" : "b"));
	for (unsigned number = 1; number <= 10; ++number)
	{
		Ids others;
		for (unsigned other = number <= 7 ? 1 : 8; other <= (number <= 7 ? 7U : 10U); ++other)
		{
			if (other != number)
				others.push_back(id(other));
		}
		EXPECT_EQ(others, world.offered(keys[number - 1]));
	}
	EXPECT_EQ(10U, world.rendezvous.members());
	EXPECT_EQ(2U, world.rendezvous.rooms());
}

TEST(RendezvousTest, aChangedEndpointIsOfferedAgainWithTheSameSession)
{
	World world;
	const Key one = world.node(1);
	const Key two = world.node(2);
	const auto before = world.take<Offer>(one);
	world.quiet();
	world.say(two, encode(UpdateUdpEndpoint{place(2), ""}));
	EXPECT_TRUE(world.offered(one).empty()) << "the same endpoint is no change";
	world.say(two, encode(UpdateUdpEndpoint{place(2).withPort(50000), ""}));
	const auto after = world.take<Offer>(one);
	ASSERT_EQ(1U, after.size());
	EXPECT_EQ(50000, after[0].endpoint->port());
	EXPECT_EQ(before.at(0).session, after[0].session);
	EXPECT_EQ(Ids{id(1)}, world.offered(two)) << "both punch anew";
}

TEST(RendezvousTest, acknowledgesEndpointsAndSaysWhatIsWrongWithThem)
{
	World world;
	const Key node = world.node(1, {"udp-plain/1"}, false);
	world.quiet();
	const auto status = [&](const std::string& text)
	{
		world.say(node, text);
		const auto acks = world.take<UdpEndpointAck>(node);
		EXPECT_EQ(1U, acks.size());
		return acks.empty() ? "" : acks[0].status;
	};
	EXPECT_EQ("ok", status(encode(UpdateUdpEndpoint{place(1), ""})));
	EXPECT_EQ("ok", status(encode(UpdateUdpEndpoint{place(1), ""})));
	EXPECT_EQ("error: a loopback address means nothing elsewhere",
		status(encode(UpdateUdpEndpoint{*Endpoint::parse("127.0.0.1:5"), ""})));
	EXPECT_EQ("error: udp_port must be a number from 1 to 65535",
		status(R"({"type":"update_udp_endpoint","udp_ip":"203.0.113.1","udp_port":0})"));
	world.say(node, encode(GetMyDetails{}));
	EXPECT_EQ(place(1), world.take<MyDetails>(node).at(0).endpoint) << "a refused one changes nothing";
	EXPECT_EQ(2U, world.rendezvous.counters().endpointsRefused);
	EXPECT_EQ(0U, world.rendezvous.counters().endpointsElsewhere);
	EXPECT_EQ("ok", status(encode(UpdateUdpEndpoint{*Endpoint::parse("198.51.100.1:5"), ""})));
	EXPECT_EQ(1U, world.rendezvous.counters().endpointsElsewhere);
}

TEST(RendezvousTest, limitsHowOftenAnEndpointChanges)
{
	Limits limits;
	limits.endpoints = Rate::perMinute(2);
	World world{limits};
	const Key node = world.node(1);
	world.say(node, encode(UpdateUdpEndpoint{place(1).withPort(1), ""}));
	world.quiet();
	world.say(node, encode(UpdateUdpEndpoint{place(1).withPort(2), ""}));
	EXPECT_EQ("error: the endpoint changes too often; say it again in 30 s",
		world.take<UdpEndpointAck>(node).at(0).status);
	world.pass(30s);
	world.say(node, encode(UpdateUdpEndpoint{place(1).withPort(2), ""}));
	EXPECT_EQ("ok", world.take<UdpEndpointAck>(node).at(0).status);
}

TEST(RendezvousTest, echoesAndGivesDetails)
{
	World world;
	const Key worker = world.worker(1);
	world.quiet();
	world.say(worker, R"({"type":"echo","a":[1.0],"b":null})");
	EXPECT_EQ(Ids{R"({"type":"echo_response","a":[1.0],"b":null})"}, world.heard(worker));
	world.say(worker, encode(GetMyDetails{}));
	const auto details = world.take<MyDetails>(worker);
	ASSERT_EQ(1U, details.size());
	EXPECT_EQ(id(1), details[0].workerId);
	EXPECT_EQ("lobby", details[0].room);
	EXPECT_EQ((Ids{"udp-plain/1"}), details[0].transports);
	EXPECT_EQ("203.0.113.1", details[0].publicIp);
	EXPECT_EQ(place(1), details[0].endpoint);
	EXPECT_EQ("203.0.113.1", details[0].seenIp);
}

TEST(RendezvousTest, relaysSignalsWithinTheRoomAndSession)
{
	World world;
	const Key one = world.node(1);
	const Key two = world.node(2);
	const std::string session = world.take<Offer>(one).at(0).session;
	world.quiet();
	const std::string data = "{ \"candidates\" : [\"192.0.2.7:40001\"] }";
	world.say(one, encodeSignalTo({id(2), session, data}));
	EXPECT_TRUE(world.heard(one).empty());
	EXPECT_EQ(Ids{encodeSignalFrom({id(1), session, data})}, world.heard(two));
	world.say(two, encodeSignalTo({id(1), session, "7"}));
	EXPECT_EQ(Ids{encodeSignalFrom({id(2), session, "7"})}, world.heard(one));
	EXPECT_EQ(2U, world.rendezvous.counters().signals);
}

TEST(RendezvousTest, saysWhyASignalWasNotRelayed)
{
	World world;
	const Key one = world.node(1);
	const Key two = world.node(2);
	const Key elsewhere = world.node(3, {"udp-plain/1"}, true, "den");
	const Key worker = world.worker(4);
	const std::string session = world.take<Offer>(one).at(0).session;
	world.quiet();
	const auto reason = [&](unsigned to, const std::string& its)
	{
		world.say(one, encodeSignalTo({id(to), its, "1"}));
		const auto failed = world.take<SignalFailed>(one);
		EXPECT_EQ(1U, failed.size());
		return failed.empty() ? "" : failed[0].reason;
	};
	EXPECT_EQ("There is no such worker in this room.", reason(3, session));
	EXPECT_EQ("There is no such worker in this room.", reason(9, session));
	EXPECT_EQ("That worker does not understand signals.", reason(4, session));
	EXPECT_EQ("This session is over, or was never theirs.", reason(2, std::string(32, '0')));
	EXPECT_EQ("This session is over, or was never theirs.", reason(1, session));
	for (const Key other : {two, elsewhere, worker})
		EXPECT_TRUE(world.heard(other).empty());
	EXPECT_EQ(5U, world.rendezvous.counters().signalsFailed);

	world.say(worker, encodeSignalTo({id(1), session, "1"}));
	EXPECT_EQ(BAD_MESSAGE, world.take<Error>(worker).at(0).code);
	EXPECT_TRUE(world.heard(one).empty());
}

TEST(RendezvousTest, refusesSignalsThatAreTooLarge)
{
	Limits limits;
	limits.maxSignal = 10;
	World world{limits};
	const Key one = world.node(1);
	world.node(2);
	const std::string session = world.take<Offer>(one).at(0).session;
	world.say(one, encodeSignalTo({id(2), session, "\"" + std::string(9, 'x') + "\""}));
	EXPECT_EQ(TOO_LARGE, world.take<Error>(one).at(0).code);
	EXPECT_EQ(0U, world.rendezvous.counters().signals);
}

TEST(RendezvousTest, tellsThoseWhoWereOfferedThatAPeerLeft)
{
	World world;
	const Key one = world.node(1);
	const Key two = world.node(2);
	const Key unready = world.node(3, {"udp-plain/1"}, false);
	const Key elsewhere = world.node(4, {"udp-plain/1"}, true, "den");
	world.quiet();
	world.leave(two);
	const auto left = world.take<PeerLeft>(one);
	ASSERT_EQ(1U, left.size());
	EXPECT_EQ(id(2), left[0].peer);
	EXPECT_TRUE(world.heard(unready).empty());
	EXPECT_TRUE(world.heard(elsewhere).empty());
	world.leave(unready);
	EXPECT_TRUE(world.heard(one).empty());
	world.leave(two);
	EXPECT_EQ(2U, world.rendezvous.members());
}

TEST(RendezvousTest, tellsBothSidesOnceThatTheyAreIncompatible)
{
	World world;
	const Key punch = world.node(1, PUNCH);
	const Key plain = world.node(2);
	const Key worker = world.worker(3);
	auto told = world.take<PeerIncompatible>(punch);
	ASSERT_EQ(2U, told.size());
	EXPECT_EQ(id(2), told[0].peer);
	EXPECT_EQ("node 2", told[0].name);
	EXPECT_EQ(Ids{"udp-plain/1"}, told[0].transports);
	EXPECT_EQ("Worker " + id(2) +
				  " (node 2) speaks udp-plain/1, and you speak udp-punch/1: there is no transport in common.",
		told[0].message);
	EXPECT_EQ(id(3), told[1].peer);
	EXPECT_EQ(1U, world.take<PeerIncompatible>(plain).size());
	for (const std::string& text : world.heard(worker))
		EXPECT_EQ(std::string::npos, text.find("incompatible")) << text;
	world.say(plain, encode(UpdateUdpEndpoint{place(2).withPort(5), ""}));
	EXPECT_TRUE(world.take<PeerIncompatible>(punch).empty());
}

TEST(RendezvousTest, loopbackPeersAreOfferedToEachOtherOnly)
{
	World world;
	const Endpoint home = Endpoint::loopback(AF_INET, 40001);
	const Key local = world.joinFrom(1, home);
	world.hello(local);
	world.say(local, encode(UpdateUdpEndpoint{home, ""}));
	const Key far = world.node(2);
	EXPECT_TRUE(world.offered(local).empty());
	EXPECT_TRUE(world.offered(far).empty());
	const Key neighbour = world.joinFrom(3, home);
	world.hello(neighbour);
	world.say(neighbour, encode(UpdateUdpEndpoint{home.withPort(40003), ""}));
	EXPECT_EQ(Ids{id(3)}, world.offered(local));
	EXPECT_EQ(Ids{id(1)}, world.offered(neighbour));
}

TEST(RendezvousTest, holdsBackOffersThatWouldFloodAnAddress)
{
	Limits limits;
	limits.offers = {2, 1};
	World world{limits};
	std::vector<Key> nodes;
	for (unsigned number = 1; number <= 5; ++number)
		nodes.push_back(world.node(number));
	EXPECT_EQ(4U, world.offered(nodes[0]).size())
		<< "addresses that workers are connected from are not counted";
	world.quiet();

	const Key liar = world.node(9, {"udp-plain/1"}, false);
	const Endpoint victim = *Endpoint::parse("198.51.100.1:53");
	world.say(liar, encode(UpdateUdpEndpoint{victim, ""}));
	std::size_t told = 0;
	for (const Key node : nodes)
		told += world.offered(node).size();
	EXPECT_EQ(2U, told);
	EXPECT_EQ(2U, world.offered(liar).size());
	world.pass(1s);
	EXPECT_EQ(1U, world.offered(liar).size());
	EXPECT_EQ(3U, world.rendezvous.counters().offersHeld);

	// One that was never offered is not told that it left.
	world.quiet();
	world.leave(liar);
	told = 0;
	for (const Key node : nodes)
		told += world.take<PeerLeft>(node).size();
	EXPECT_EQ(3U, told);
	world.pass(10s);
	for (const Key node : nodes)
		EXPECT_TRUE(world.heard(node).empty());
}

TEST(RendezvousTest, aHeldOfferCountsForTheAddressThatItNamesInTheEnd)
{
	Limits limits;
	limits.offers = {1, 0.1};
	World world{limits};
	const Key one = world.node(1);
	world.node(2);
	const Key liar = world.node(9, {"udp-plain/1"}, false);
	world.say(liar, encode(UpdateUdpEndpoint{*Endpoint::parse("198.51.100.1:53"), ""}));
	// The second offer waits for the first address; the liar now names another one, already exhausted.
	const Key other = world.node(8, {"udp-plain/1"}, false);
	world.say(other, encode(UpdateUdpEndpoint{*Endpoint::parse("198.51.100.2:53"), ""}));
	world.say(liar, encode(UpdateUdpEndpoint{*Endpoint::parse("198.51.100.2:54"), ""}));
	const std::size_t before = world.rendezvous.counters().offers;
	world.pass(9s);
	EXPECT_EQ(before, world.rendezvous.counters().offers);
	world.pass(5min);
	const auto offers = world.take<Offer>(one);
	EXPECT_EQ(*Endpoint::parse("198.51.100.2:54"), offers.back().endpoint);
}

TEST(RendezvousTest, tellsWhoClaimsAnAddressThatIsNamedTooOften)
{
	Limits limits;
	limits.offers = {1, 0.001};
	World world{limits};
	world.node(1);
	world.node(2);
	const Key liar = world.node(9, {"udp-plain/1"}, false);
	world.say(liar, encode(UpdateUdpEndpoint{*Endpoint::parse("198.51.100.1:53"), ""}));
	EXPECT_EQ(BAD_ENDPOINT, world.take<Error>(liar).at(0).code);
	EXPECT_EQ(1U, world.rendezvous.counters().offersRefused);
}

TEST(RendezvousTest, whatIsNoMessageIsAnsweredAndChangesNothing)
{
	World world;
	const Key node = world.join(1);
	for (const char* text : {"", "x", "[]", "{}", R"({"type":"hello"})", R"({"type":"signal"})"})
	{
		world.say(node, text);
		EXPECT_EQ(BAD_MESSAGE, world.take<Error>(node).at(0).code) << text;
	}
	world.hello(node);
	EXPECT_EQ(1U, world.take<Welcome>(node).size()) << "still undecided until now";
	world.hello(node);
	EXPECT_EQ(BAD_MESSAGE, world.take<Error>(node).at(0).code);
	world.say(node, R"({"type":"of_the_future","x":1})");
	EXPECT_TRUE(world.heard(node).empty());
	EXPECT_EQ(7U, world.rendezvous.counters().badMessages);
}

TEST(RendezvousTest, whoSaysSomethingElseFirstIsOfTheFirstVersion)
{
	World world;
	const Key worker = world.join(1);
	world.say(worker, encode(GetMyDetails{}));
	world.hello(worker);
	EXPECT_TRUE(world.take<Welcome>(worker).empty());
}

TEST(RendezvousTest, tooManyMessagesAreNotHeardAndInTheEndTheConnectionIsClosed)
{
	Limits limits;
	limits.messages = {4, 2};
	World world{limits};
	const Key node = world.join(1);
	for (int i = 0; i < 4; ++i)
		world.say(node, encode(GetMyDetails{}));
	world.quiet();
	world.say(node, encode(GetMyDetails{}));
	EXPECT_EQ(TOO_FAST, world.take<Error>(node).at(0).code);
	for (int i = 0; i < 99; ++i)
		world.say(node, encode(GetMyDetails{}));
	EXPECT_TRUE(world.heard(node).empty()) << "it is told once";
	EXPECT_FALSE(world.isClosed(node));

	world.pass(CALM);
	for (int i = 0; i < 4; ++i)
		world.say(node, encode(GetMyDetails{}));
	EXPECT_EQ(4U, world.take<MyDetails>(node).size()) << "after a calm it is heard again";
	for (int i = 0; i < 100; ++i)
		world.say(node, "x");
	EXPECT_FALSE(world.isClosed(node));
	world.say(node, "x");
	EXPECT_EQ(websocket::POLICY_VIOLATION, world.closed.at(node).code);
	EXPECT_EQ(0U, world.rendezvous.members());
	world.say(node, "x");
	world.pong(node);
	world.leave(node);
	EXPECT_EQ(1U, world.rendezvous.counters().closedForAbuse);
}

TEST(RendezvousTest, boundsMembersRoomsAndAddresses)
{
	Limits limits;
	limits.maxMembers = 4;
	limits.maxRooms = 2;
	limits.maxPerRoom = 2;
	limits.maxPerAddress = 2;
	World world{limits};
	const auto status = [&](unsigned number, const std::string& room, const Endpoint& remote)
	{ return world.rendezvous.wouldRefuse(id(number), room, remote).status; };
	const Endpoint here = address("198.51.100.1");
	world.joinFrom(1, here, "a");
	const Key second = world.joinFrom(2, here, "a");
	EXPECT_EQ(503, status(3, "a", place(3)));
	EXPECT_EQ(429, status(3, "b", here));
	EXPECT_EQ(0, status(3, "b", place(3)));
	EXPECT_EQ(0, status(1, "a", place(3))) << "a claim takes a place that exists";
	world.join(3, "b");
	EXPECT_EQ(503, status(4, "c", place(4)));
	world.join(4, "b");
	world.leave(second);
	EXPECT_EQ(0, status(5, "a", here));
	world.join(5, "a");
	EXPECT_EQ(503, status(6, "d", place(6)));

	// Between the question and the connection others may have come.
	const Key late = world.join(6, "d");
	EXPECT_EQ(websocket::TRY_AGAIN_LATER, world.closed.at(late).code);
	EXPECT_EQ(4U, world.rendezvous.members());
}

}

}
