#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/rendezvous/ServerCodec.h"
#include "node/protocol/websocket/CloseCode.h"
#include "plugins/signaling/rendezvous/RendezvousClient.h"
#include "tests/support/FakeRendezvous.h"
#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using gimlet::identity::KeyIdentity;
using Ids = std::vector<std::string>;

class ProofTest : public testing::Test
{
protected:
	/// That a proof is refused with 4401, the member never offered, and the reason is this one.
	static void expectRefused(World& world, Key key, const std::string& reason)
	{
		ASSERT_TRUE(world.isClosed(key));
		EXPECT_EQ(CLOSE_NOT_PROVEN, world.closed.at(key).code);
		EXPECT_EQ(reason, world.closed.at(key).reason);
		const auto errors = world.take<Error>(key);
		ASSERT_EQ(1U, errors.size());
		EXPECT_EQ(BAD_PROOF, errors[0].code);
		EXPECT_NE(std::string::npos, errors[0].message.find(reason)) << errors[0].message;
	}

	const std::unique_ptr<const KeyIdentity> anna = KeyIdentity::generate();
	const std::unique_ptr<const KeyIdentity> ben = KeyIdentity::generate();
};

}

TEST_F(ProofTest, whoProvesItsIdIsHeard)
{
	World world;
	const Key key = world.joinAs(*anna);
	const auto answer = world.proof(key, *anna);
	world.hello(key, {"udp-punch/1"}, "anna");
	EXPECT_TRUE(world.heard(key).empty()) << "not before the proof";
	EXPECT_EQ(0U, world.rendezvous.members());
	world.say(key, encode(answer));
	EXPECT_EQ("lobby", world.take<Welcome>(key).at(0).room);
	EXPECT_EQ(1U, world.rendezvous.members());
	EXPECT_EQ(1U, world.rendezvous.counters().proven);
	const Key other = world.proven(*ben);
	EXPECT_EQ(Ids{anna->id()}, world.offered(other));
	EXPECT_EQ(Ids{ben->id()}, world.offered(key));
	world.pass(1min);
	EXPECT_FALSE(world.isClosed(key));
}

TEST_F(ProofTest, whoIsUnprovenIsNobody)
{
	World world;
	const Key member = world.node(2, {"udp-plain/1", "udp-punch/1"});
	world.quiet();
	const Key key = world.joinAs(*anna);
	world.hello(key, {"udp-plain/1", "udp-punch/1"});
	world.say(key, encode(UpdateUdpEndpoint{place(1), ""}));
	EXPECT_TRUE(world.heard(member).empty());
	world.say(member, encodeSignalTo({anna->id(), "0123456789abcdef", "1"}));
	EXPECT_EQ(1U, world.take<SignalFailed>(member).size());
	world.pass(PROOF_TIMEOUT - 1ms);
	EXPECT_FALSE(world.isClosed(key));
	world.take<Challenge>(key);
	world.pass(1ms);
	ASSERT_TRUE(world.isClosed(key));
	EXPECT_EQ(CLOSE_NOT_PROVEN, world.closed.at(key).code);
	EXPECT_EQ(BAD_PROOF, world.take<Error>(key).at(0).code);
	EXPECT_TRUE(world.heard(member).empty());
	EXPECT_EQ(1U, world.rendezvous.counters().unproven);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
}

TEST_F(ProofTest, anotherKeyIsRefused)
{
	World world;
	const Key key = world.joinAs(*anna);
	world.say(key, encode(world.proof(key, *ben)));
	expectRefused(world, key, "the id is not that of the key");
}

TEST_F(ProofTest, theRightKeyWithAnotherKeysSignatureIsRefused)
{
	World world;
	const Key key = world.joinAs(*anna);
	auto answer = world.proof(key, *ben);
	answer.publicKey.assign(anna->publicKey().begin(), anna->publicKey().end());
	world.say(key, encode(answer));
	expectRefused(world, key, "the signature does not hold");
}

TEST_F(ProofTest, aProofForAnotherRoomIsRefused)
{
	World world;
	const Key key = world.joinAs(*anna, "den");
	world.say(key, encode(world.proof(key, *anna, "lobby")));
	expectRefused(world, key, "the signature does not hold");
}

TEST_F(ProofTest, aChangedClientNonceIsRefused)
{
	World world;
	const Key key = world.joinAs(*anna);
	auto answer = world.proof(key, *anna);
	answer.clientNonce[5] ^= 1;
	world.say(key, encode(answer));
	expectRefused(world, key, "the signature does not hold");
}

TEST_F(ProofTest, aNonceHoldsOnceAndForItsConnection)
{
	World world;
	const Key first = world.joinAs(*anna);
	const auto answer = encode(world.proof(first, *anna));
	const Key second = world.joinAs(*anna);
	world.take<Challenge>(second);
	world.say(second, answer);
	expectRefused(world, second, "the signature does not hold");

	world.say(first, answer);
	EXPECT_EQ(1U, world.rendezvous.members());
	world.say(first, answer);
	EXPECT_EQ(BAD_MESSAGE, world.take<Error>(first).at(0).code);
	EXPECT_FALSE(world.isClosed(first));

	const Key third = world.joinAs(*anna);
	world.take<Challenge>(third);
	world.say(third, answer);
	expectRefused(world, third, "the signature does not hold");
	EXPECT_FALSE(world.isClosed(first)) << "who cannot prove an id takes it from nobody";
}

TEST_F(ProofTest, aWrongProofCannotBeFollowedByARightOne)
{
	World world;
	const Key key = world.joinAs(*anna);
	const auto right = world.proof(key, *anna);
	auto wrong = right;
	wrong.signature.back() ^= 1;
	world.say(key, encode(wrong));
	EXPECT_TRUE(world.isClosed(key));
	world.say(key, encode(right));
	EXPECT_EQ(0U, world.rendezvous.members());
}

TEST_F(ProofTest, aChallengeThatIsOverIsNotAnswered)
{
	World world;
	const Key key = world.joinAs(*anna);
	const auto answer = encode(world.proof(key, *anna));
	// The proof has arrived before the timer was served.
	world.now += PROOF_TIMEOUT;
	world.say(key, answer);
	expectRefused(world, key, "the challenge is over");
}

TEST_F(ProofTest, aProofIsForTheHostThatWasDialled)
{
	World world;
	// A hostile rendezvous asks for our challenge, and hands it to a node that dialled the hostile one.
	const Key key = world.joinAs(*anna, "lobby", "good.test:9000");
	world.say(key, encode(world.proof(key, *anna, "lobby", "evil.test:9000")));
	expectRefused(world, key, std::string{WRONG_HOST});
	// The hostile one writes our name over its own.
	const Key again = world.joinAs(*anna, "lobby", "good.test:9000");
	auto answer = world.proof(again, *anna, "lobby", "evil.test:9000");
	answer.host = "good.test:9000";
	world.say(again, encode(answer));
	expectRefused(world, again, "the signature does not hold");
}

TEST_F(ProofTest, aProxyMayCutThePortOff)
{
	World world;
	const Key key = world.joinAs(*anna, "lobby", "good.test");
	world.say(key, encode(world.proof(key, *anna, "lobby", "good.test:8443")));
	EXPECT_FALSE(world.isClosed(key));
	const Key other = world.joinAs(*ben, "lobby", "good.test:9000");
	world.say(other, encode(world.proof(other, *ben, "lobby", "good.test:8443")));
	expectRefused(world, other, std::string{WRONG_HOST});
}

TEST_F(ProofTest, withNamesAForgedHostIsRefusedToo)
{
	Limits limits;
	limits.names = {"good.test", "[2001:db8::1]:9000"};
	World world{limits};
	const auto isTaken = [&](const std::string& dialled, const std::string& requested)
	{
		const auto node = KeyIdentity::generate();
		const Key key = world.joinAs(*node, "lobby", requested);
		world.say(key, encode(world.proof(key, *node, "lobby", dialled)));
		return !world.isClosed(key);
	};
	EXPECT_FALSE(isTaken("evil.test:9000", "evil.test:9000"));
	EXPECT_FALSE(isTaken("good.test.evil.test", "good.test"));
	EXPECT_TRUE(isTaken("good.test", "inner"));
	EXPECT_TRUE(isTaken("good.test:8443", "inner"));
	EXPECT_TRUE(isTaken("[2001:db8::1]:9000", ""));
	EXPECT_FALSE(isTaken("[2001:db8::1]:9001", ""));
	EXPECT_FALSE(isTaken("[2001:db8::1]", ""));
}

TEST_F(ProofTest, aRelayedChallengeOfAWholeClientIsRefused)
{
	// The node dials evil.test; evil.test dials good.test in its name and passes on all that both say.
	World world;
	std::string error;
	rendezvous_client::RendezvousClient client{*anna, "gimlet/1",
		{.url = rendezvous_client::RendezvousUrl::parse("http://evil.test:9000", error).value(),
			.room = "lobby"},
		{.chance = [] { return 0.0; }}};
	client.start();
	client.describe({.name = "anna", .transports = {"udp-punch/1"}, .endpoint = {}, .publicAddress = {}});
	gimlet::test::FakeRendezvous evil;
	client.onOpen({.token = {}, .overLoopback = false}, world.now);
	client.onBytes(evil.receive(client.takeOutput()), world.now);
	evil.receive(client.takeOutput());
	const Key key = world.joinAs(*anna, "lobby", "good.test:9000");
	for (const auto& text : world.heard(key))
		client.onBytes(evil.say(text), world.now);
	evil.receive(client.takeOutput());
	ASSERT_EQ(2U, evil.messages.size()) << "hello and the proof";
	for (const auto& text : evil.messages)
		world.say(key, text);
	expectRefused(world, key, std::string{WRONG_HOST});
}

TEST_F(ProofTest, theNewerOfTwoProvenConnectionsHasTheIdAtOnce)
{
	World world;
	const Key peer = world.proven(*ben);
	const Key older = world.proven(*anna);
	world.quiet();
	const Key newer = world.proven(*anna);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(older).code);
	EXPECT_FALSE(world.isClosed(newer));
	EXPECT_EQ(1U, world.rendezvous.counters().replaced);
	EXPECT_EQ(2U, world.rendezvous.members());
	EXPECT_EQ(Ids{ben->id()}, world.offered(newer));
	const auto toPeer = world.heard(peer);
	ASSERT_EQ(2U, toPeer.size());
	EXPECT_EQ(encode(PeerLeft{anna->id()}), toPeer[0]);
}

TEST_F(ProofTest, aReplacedNodeThatComesBackDoesNotFight)
{
	World world;
	world.proven(*anna);
	const Key second = world.proven(*anna);
	const Key back = world.proven(*anna, "lobby", true);
	EXPECT_FALSE(world.isClosed(back));
	EXPECT_EQ(std::vector<Key>{second}, world.pinged);
	world.pong(second);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(back).code);
	EXPECT_FALSE(world.isClosed(second));
	// Once the other is gone the id is its own again, and what it said meanwhile is heard.
	const Key again = world.proven(*anna, "den", true);
	world.quiet();
	world.pass(CLAIM_TIMEOUT);
	EXPECT_EQ(CLOSE_ID_IN_USE, world.closed.at(second).code);
	EXPECT_EQ("den", world.take<Welcome>(again).at(0).room);
}

TEST_F(ProofTest, whoTakesAnIdPassesThoseWhoWaitForIt)
{
	World world;
	const Key holder = world.proven(*anna);
	const Key waiting = world.proven(*anna, "lobby", true);
	const Key newest = world.proven(*anna);
	EXPECT_TRUE(world.isClosed(holder));
	EXPECT_TRUE(world.isClosed(waiting));
	EXPECT_FALSE(world.isClosed(newest));
	EXPECT_EQ(1U, world.rendezvous.members());
	world.pass(1min);
	EXPECT_FALSE(world.isClosed(newest));
}

TEST_F(ProofTest, claimsOfBothKindsExpireInTheirOrder)
{
	World world;
	world.proven(*anna);
	world.join(7);
	const Key slow = world.joinAs(*anna);
	auto answer = world.proof(slow, *anna);
	answer.yield = true;
	world.pass(1s);
	const Key quick = world.join(7);
	world.pass(3s);
	world.say(slow, encode(answer));
	world.pass(2s);
	EXPECT_EQ(1U, world.rendezvous.counters().replaced)
		<< "that of the quick one, though the slow one came first";
	EXPECT_FALSE(world.isClosed(quick));
	world.pass(3s);
	EXPECT_EQ(2U, world.rendezvous.counters().replaced);
	EXPECT_EQ(2U, world.rendezvous.members());
}

TEST_F(ProofTest, aVersion4IdNeverPassesForOneOfVersion8)
{
	World world;
	world.proven(*anna);
	// It is not challenged, and to prove something helps nothing: its id stays what it is.
	const Key worker = world.join(1);
	EXPECT_TRUE(world.take<Challenge>(worker).empty());
	world.say(worker, encode(World::proofFor({}, *anna, "lobby", World::HOST)));
	EXPECT_EQ(BAD_MESSAGE, world.take<Error>(worker).at(0).code);
	world.hello(worker, {"udp-punch/1"});
	EXPECT_EQ(Ids{anna->id()}, world.offered(worker));
	EXPECT_EQ(2U, world.rendezvous.members());
	EXPECT_EQ(0U, world.rendezvous.counters().replaced);
}

TEST_F(ProofTest, proofsOfAnAddressAreLimited)
{
	Limits limits;
	limits.proofs = {3, 1};
	World world{limits};
	const auto tryOnce = [&](unsigned number)
	{
		const auto node = KeyIdentity::generate();
		const Key key = world.joinAs(*node, "lobby", World::HOST, number);
		world.say(key, encode(world.proof(key, *node)));
		return key;
	};
	for (int i = 0; i < 3; ++i)
		EXPECT_FALSE(world.isClosed(tryOnce(1)));
	EXPECT_EQ(websocket::TRY_AGAIN_LATER, world.closed.at(tryOnce(1)).code);
	EXPECT_FALSE(world.isClosed(tryOnce(2))) << "another address";
	world.pass(1s);
	EXPECT_FALSE(world.isClosed(tryOnce(1)));
	EXPECT_EQ(1U, world.rendezvous.counters().proofsTooMany);
}

TEST_F(ProofTest, whatIsSaidBeforeTheProofIsBounded)
{
	World world;
	const Key key = world.joinAs(*anna);
	for (std::size_t i = 0; i < CLAIM_MESSAGES; ++i)
		world.say(key, encode(GetMyDetails{}));
	EXPECT_FALSE(world.isClosed(key));
	world.say(key, encode(GetMyDetails{}));
	EXPECT_EQ(websocket::POLICY_VIOLATION, world.closed.at(key).code);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
}

TEST_F(ProofTest, challengesAreNeverTheSame)
{
	World world;
	const Key first = world.joinAs(*anna);
	const Key second = world.joinAs(*anna);
	EXPECT_NE(world.take<Challenge>(first).at(0).nonce, world.take<Challenge>(second).at(0).nonce);
}

TEST_F(ProofTest, whoLeavesUnprovenIsForgotten)
{
	World world;
	const Key key = world.joinAs(*anna);
	world.leave(key);
	EXPECT_EQ(NEVER, world.rendezvous.nextDeadline());
	EXPECT_EQ(0U, world.rendezvous.counters().left);
}

}
