#include "tests/unit/rendezvous-server/World.h"

#include "node/protocol/websocket/CloseCode.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using Ids = std::vector<std::string>;

TEST(ClaimTest, aLivingConnectionKeepsItsId)
{
	World world;
	const Key older = world.node(1);
	const Key newer = world.join(1);
	EXPECT_EQ(std::vector<Key>{older}, world.pinged);
	EXPECT_FALSE(world.isClosed(newer));
	world.pass(CLAIM_TIMEOUT - 1ms);
	world.pong(older);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(newer).code);
	world.pass(1min);
	EXPECT_FALSE(world.isClosed(older));
	EXPECT_EQ(1U, world.rendezvous.members());
	EXPECT_EQ(1U, world.rendezvous.counters().idRefused);
}

TEST(ClaimTest, aDeadConnectionLosesItsIdToTheNewerOneWhoseWordsAreNotLost)
{
	World world;
	const Key older = world.node(1);
	const Key peer = world.node(2);
	const auto session = world.take<Offer>(peer).at(0).session;
	world.quiet();
	const Key newer = world.join(1);
	world.hello(newer, {"udp-plain/1"}, "again");
	world.say(newer, encode(UpdateUdpEndpoint{place(1).withPort(5), ""}));
	EXPECT_TRUE(world.heard(newer).empty());
	EXPECT_TRUE(world.heard(peer).empty());
	EXPECT_EQ(2U, world.rendezvous.members());
	world.pass(CLAIM_TIMEOUT);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(older).code);
	EXPECT_FALSE(world.isClosed(newer));
	const auto heard = world.heard(newer);
	ASSERT_EQ(3U, heard.size());
	EXPECT_NE(std::string::npos, heard[0].find("welcome"));
	EXPECT_NE(std::string::npos, heard[2].find(id(2)));
	const auto toPeer = world.heard(peer);
	ASSERT_EQ(2U, toPeer.size());
	EXPECT_EQ(encode(PeerLeft{id(1)}), toPeer[0]);
	EXPECT_NE(std::string::npos, toPeer[1].find("\"again\""));
	EXPECT_EQ(std::string::npos, toPeer[1].find(session)) << "a new connection is a new pairing";
	EXPECT_EQ(1U, world.rendezvous.counters().replaced);
}

TEST(ClaimTest, theIdIsFreeAtOnceWhenItsHolderLeaves)
{
	World world;
	const Key older = world.join(1);
	const Key newer = world.join(1, "den");
	world.leave(older);
	world.hello(newer);
	EXPECT_EQ("den", world.take<Welcome>(newer).at(0).room);
	world.pass(1min);
	EXPECT_FALSE(world.isClosed(newer));
	EXPECT_EQ(1U, world.rendezvous.rooms());
}

TEST(ClaimTest, onlyOneClaimsAtATime)
{
	World world;
	const Key older = world.join(1);
	const Key newer = world.join(1);
	const Key newest = world.join(1);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(newest).code);
	world.leave(newer);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
	world.pong(older);
	const Key another = world.join(1);
	EXPECT_FALSE(world.isClosed(another));
	world.pass(CLAIM_TIMEOUT);
	EXPECT_TRUE(world.isClosed(older));
}

TEST(ClaimTest, whatIsSaidMeanwhileIsBounded)
{
	World world;
	world.join(1);
	const Key newer = world.join(1);
	for (std::size_t i = 0; i < CLAIM_MESSAGES; ++i)
		world.say(newer, encode(GetMyDetails{}));
	EXPECT_FALSE(world.isClosed(newer));
	world.say(newer, encode(GetMyDetails{}));
	EXPECT_EQ(websocket::POLICY_VIOLATION, world.closed.at(newer).code);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
}

TEST(ClaimTest, aRoomThatFilledUpMeanwhileIsFull)
{
	Limits limits;
	limits.maxPerRoom = 2;
	World world{limits};
	world.join(1, "a");
	const Key newer = world.join(1, "b");
	world.join(2, "b");
	world.join(3, "b");
	world.pass(CLAIM_TIMEOUT);
	EXPECT_EQ(websocket::TRY_AGAIN_LATER, world.closed.at(newer).code);
	EXPECT_EQ(2U, world.rendezvous.members());
}

TEST(ClaimTest, theOldPartnerOfAReplacedNodeIsOfferedItsSuccessor)
{
	World world;
	world.node(1);
	const Key worker = world.worker(2);
	const Key newer = world.join(1);
	world.hello(newer);
	world.say(newer, encode(UpdateUdpEndpoint{place(1).withPort(5), ""}));
	world.quiet();
	world.pass(CLAIM_TIMEOUT);
	const auto offers = world.take<Offer>(worker);
	ASSERT_EQ(1U, offers.size());
	EXPECT_EQ(5, offers[0].endpoint->port());
}

TEST(ClaimTest, manyClaimsExpireInTheirOrder)
{
	World world;
	std::vector<Key> newer;
	for (unsigned number = 1; number <= 200; ++number)
		world.join(number);
	for (unsigned number = 1; number <= 200; ++number)
	{
		world.pass(10ms);
		newer.push_back(world.join(number));
	}
	world.pass(10s);
	EXPECT_EQ(200U, world.rendezvous.counters().replaced);
	EXPECT_EQ(200U, world.rendezvous.members());
	for (const Key key : newer)
		EXPECT_FALSE(world.isClosed(key));
}

}

}
