// A node that ends says so; and what is lost stays so until it is heard.
#include <gtest/gtest.h>

#include "tests/unit/udp-plain/OnePeer.h"
#include "tests/unit/udp-plain/Sim.h"

using namespace gimlet;
using namespace gimlet::udp_plain;
using test::OnePeer;
using test::Sim;

namespace
{

const Endpoint OFFERED = *Endpoint::parse("192.0.2.7:40001");

/// A peer of ours whose link is up.
void linkUp(OnePeer& one)
{
	one.offer(OFFERED, true);
	ASSERT_TRUE(one.receive(chat::encodeKeepalive(OnePeer::PEER, 1), OFFERED));
	ASSERT_EQ(one.status().state, LinkState::Up);
}

}

TEST(Goodbye, LosesTheLinkAtOnceAndSendsNothingMore)
{
	OnePeer one;
	linkUp(one);
	EXPECT_TRUE(one.receive(chat::encodeKeepalive(OnePeer::PEER, 2, true), OFFERED));
	EXPECT_EQ(one.status().state, LinkState::Lost);
	EXPECT_NE(one.status().reason.find("the peer ended at"), std::string::npos) << one.status().reason;
	EXPECT_EQ(one.send("x"), SendResult::NotLinked);
	one.forgetSent();
	one.leave();
	one.run(1h);
	EXPECT_TRUE(one.sent.empty());
	EXPECT_EQ(one.status().state, LinkState::Lost);
}

TEST(Goodbye, IsNotUndoneByWhatItHasOvertaken)
{
	OnePeer one;
	linkUp(one);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 3, true), OFFERED);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 2), OFFERED);
	one.receive(chat::encodeKeepaliveAck(OnePeer::PEER, 1), OFFERED);
	one.receive(chat::encodeText(OnePeer::PEER, {"id", "last words", WallTime{0}}), OFFERED);
	EXPECT_EQ(one.status().state, LinkState::Lost);
	ASSERT_EQ(one.received.size(), 1U) << "what was said before the goodbye is shown";
	one.forgetSent();
	one.run(1min);
	EXPECT_TRUE(one.sent.empty()) << "nor is anything begun";
	// Whoever is back begins with a punch.
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	EXPECT_EQ(one.status().state, LinkState::Up);
	// The copy of an old goodbye does not end the new link.
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 9), OFFERED);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 3, true), OFFERED);
	EXPECT_EQ(one.status().state, LinkState::Up);
}

TEST(Goodbye, OfAPeerThatIsOfferedAgainIsForgotten)
{
	OnePeer one;
	linkUp(one);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 2, true), OFFERED);
	one.offer(OFFERED, true);
	EXPECT_EQ(one.status().state, LinkState::Attempted);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 1), OFFERED);
	EXPECT_EQ(one.status().state, LinkState::Up);
}

TEST(Goodbye, IsSaidToOursAlone)
{
	OnePeer ours;
	linkUp(ours);
	ours.machine.sayGoodbye(ours.now);
	const auto last = ours.machine.pollTransmit();
	ASSERT_TRUE(last);
	const auto datagram = chat::decode(asBytes(last->datagram));
	EXPECT_TRUE(datagram && datagram->bye && datagram->number > 0) << last->datagram;

	OnePeer old;
	old.offer(OFFERED, false);
	old.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	ASSERT_EQ(old.status().state, LinkState::Up);
	old.machine.sayGoodbye(old.now);
	EXPECT_FALSE(old.machine.pollTransmit());
}

TEST(LostLink, StaysLostWhileThePeerIsInTheRoomAndTriedOn)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	// The way is gone, the rendezvous is not: both ask each other by signals to try anew.
	sim.alice.nat.cut = true;
	sim.run(20min);
	EXPECT_EQ(sim.bob.machine().state(), LinkState::Lost);
	EXPECT_EQ(sim.bob.states.back(), LinkState::Lost);
	EXPECT_EQ(std::count(sim.bob.states.begin(), sim.bob.states.end(), LinkState::Lost), 1);
	EXPECT_GT(sim.bob.signalsWanted, 10U);
	sim.alice.nat.cut = false;
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 65s));
}
