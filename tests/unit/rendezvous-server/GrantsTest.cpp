// What members get beside the acquaintance of each other: where their peers are seen, a place at the relay,
// TURN.
#include "plugins/service/rendezvous-server/turn/TurnGrants.h"

#include "node/protocol/identity/KeyIdentity.h"
#include "tests/unit/rendezvous-server/RelayWorld.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using gimlet::identity::KeyIdentity;

constexpr std::int64_t WALL_TIME = 1'700'000'000;

const TurnOptions TURN{{"turn:t.test:3478?transport=udp", "turns:t.test"}, "north", 1h};

class GrantsTest : public testing::Test
{
protected:
	const std::unique_ptr<const KeyIdentity> anna = KeyIdentity::generate();
	const std::unique_ptr<const KeyIdentity> ben = KeyIdentity::generate();
	std::uint64_t random = 0;
	Relay relay{{}, [this] { return ++random; }};
	std::int64_t wallTime = WALL_TIME;
	TurnGrants turn{TURN, [this] { return wallTime; }};
};

TEST_F(GrantsTest, whoHasProvenItsIdHasAPlaceAtTheRelay)
{
	World world{{}, {.relay = &relay}};
	const Key member = world.proven(*anna);
	const auto place = world.take<Welcome>(member).at(0).relay;
	ASSERT_TRUE(place);
	EXPECT_EQ(relay::addressOf(relay::keyOf("lobby", anna->id())), place->address);
	EXPECT_TRUE(relay.knows(place->path.substr(RELAY_PATH.size())));

	const Key unproven = world.node(2);
	EXPECT_FALSE(world.take<Welcome>(unproven).at(0).relay) << "a version 4 id is anybody's";
	EXPECT_EQ(1U, relay.places());

	world.leave(member);
	EXPECT_EQ(world.now + PLACE_GRACE, relay.nextDeadline());
	world.proven(*anna);
	EXPECT_EQ(NEVER, relay.nextDeadline());
	EXPECT_EQ(1U, relay.places());
}

TEST_F(GrantsTest, whoTakesAnIdOverTakesThePlace)
{
	World world{{}, {.relay = &relay}};
	const Key older = world.proven(*anna);
	const auto before = world.take<Welcome>(older).at(0).relay;
	const Key newer = world.proven(*anna);
	const auto after = world.take<Welcome>(newer).at(0).relay;
	EXPECT_TRUE(world.isClosed(older));
	EXPECT_EQ(before->address, after->address);
	EXPECT_NE(before->path, after->path);
	EXPECT_EQ(NEVER, relay.nextDeadline());
}

TEST_F(GrantsTest, withoutARelayThereIsNoPlace)
{
	World world;
	const auto welcome = world.take<Welcome>(world.proven(*anna)).at(0);
	EXPECT_FALSE(welcome.relay);
	EXPECT_TRUE(welcome.turn.servers.empty());
}

TEST_F(GrantsTest, offersSayWhereThePeerIsSeen)
{
	World world;
	const Key one = world.proven(*anna);
	const Key other = world.joinAs(*ben, "lobby", World::HOST, 7);
	world.say(other, encode(world.proof(other, *ben)));
	world.hello(other, {"udp-punch/1"});
	EXPECT_EQ(place(7).withPort(0), world.take<Offer>(one).at(0).seen);
	EXPECT_EQ(place(1).withPort(0), world.take<Offer>(other).at(0).seen);

	const Key node = world.node(3);
	const Key worker = world.worker(4);
	EXPECT_EQ(place(4).withPort(0), world.take<Offer>(node).at(0).seen);
	EXPECT_FALSE(world.take<Offer>(worker).at(0).seen);
}

TEST(TurnGrantsTest, makesCredentialsThatServersCanCheck)
{
	// The HMAC by another program (Python's).
	const TurnGrants turn{TURN, [] { return WALL_TIME; }};
	const auto granted = turn.grant("5a7a78cc-a4a0-8420-99bc-62bb669c3c27");
	ASSERT_EQ(1U, granted.servers.size());
	EXPECT_EQ(TURN.urls, granted.servers[0].urls);
	EXPECT_EQ("1700003600:5a7a78cc-a4a0-8420-99bc-62bb669c3c27", granted.servers[0].username);
	EXPECT_EQ("DJBvXHXhpTMgnsM/g7ks3yIDo/g=", granted.servers[0].credential);
	EXPECT_EQ(1h, granted.ttl);
	const TurnGrants none{{}, [] { return WALL_TIME; }};
	EXPECT_FALSE(none.any());
	EXPECT_TRUE(none.grant("x").servers.empty());
}

TEST_F(GrantsTest, turnServersAreRenewedInTime)
{
	World world{{}, {.turn = &turn}};
	const Key member = world.proven(*anna);
	const auto welcome = world.take<Welcome>(member).at(0);
	ASSERT_EQ(1U, welcome.turn.servers.size());
	EXPECT_EQ("1700003600:" + anna->id(), welcome.turn.servers[0].username);
	const Key unproven = world.node(2);
	EXPECT_TRUE(world.take<Welcome>(unproven).at(0).turn.servers.empty());

	world.pass(30min - 1s);
	EXPECT_TRUE(world.take<TurnServers>(member).empty());
	wallTime += 1800;
	world.pass(1s);
	const auto renewed = world.take<TurnServers>(member);
	ASSERT_EQ(1U, renewed.size());
	EXPECT_EQ("1700005400:" + anna->id(), renewed[0].servers.at(0).username);
	EXPECT_EQ(1h, renewed[0].ttl);
	world.pass(30min);
	EXPECT_EQ(1U, world.take<TurnServers>(member).size());
	world.leave(member);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
}

}

}
