// Workers of the first version, as docs/PROTOCOL.md, section 3, and the first version's own habits have them.
#include <gtest/gtest.h>

#include "tests/unit/udp-plain/OnePeer.h"

using namespace gimlet;
using namespace gimlet::udp_plain;
using test::OnePeer;

namespace
{

const Endpoint OFFERED = *Endpoint::parse("192.0.2.7:40001");

}

TEST(OldPeer, IsPunchedHalfASecondApartAndAtMostTenTimes)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.run(1400ms);
	ASSERT_EQ(one.sent.size(), 3U);
	for (std::size_t i = 0; i < one.sent.size(); ++i)
	{
		EXPECT_EQ(one.sent[i].time - one.start, 500ms * i);
		EXPECT_EQ(one.sent[i].remote, OFFERED);
		EXPECT_EQ(one.sent[i].datagram, chat::encodePunch(OnePeer::OWN, i + 1));
	}
	one.run(24h);
	EXPECT_EQ(one.sent.size(), 10U);
	EXPECT_EQ(one.machine.state(), LinkState::Attempted);
}

TEST(OldPeer, IsUpOnlyWhenADatagramOfItHasArrived)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.run(6s);
	EXPECT_EQ(one.status().state, LinkState::Attempted);
	EXPECT_EQ(one.status().reason, "no datagram of the peer has arrived in 6 s; its NAT may refuse ours");
	EXPECT_EQ(one.send("too early"), SendResult::NotLinked);
	EXPECT_TRUE(one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED));
	EXPECT_EQ(one.status().state, LinkState::Up);
	EXPECT_FALSE(one.status().acknowledges);
	EXPECT_EQ(one.send("now"), SendResult::Sent);
	EXPECT_EQ(one.lastSent(), chat::encodeText(OnePeer::OWN, {"now", "text", WallTime{0}}));
}

TEST(OldPeer, IsAnsweredAtOnceByAPunchAndNotAgain)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.forgetSent();
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	one.receive(chat::encodePunch(OnePeer::PEER, 2), OFFERED);
	one.receive(chat::encodePunch(OnePeer::PEER, 3), OFFERED);
	one.run(10s);
	ASSERT_EQ(one.sent.size(), 1U);
	EXPECT_TRUE(one.sent[0].datagram.starts_with("P2P_HOLE_PUNCH_PING_FROM_" + OnePeer::OWN));
}

TEST(OldPeer, StaysUpThroughSilenceAndSaysSinceWhen)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	one.forgetSent();
	one.run(2h);
	EXPECT_EQ(one.status().state, LinkState::Up);
	EXPECT_EQ(one.status(WallTime{2h + 13h + 4min + 5s}).reason,
		"silent since 13:04:05 UTC; a worker of the first version sends nothing but chat");
	EXPECT_GE(one.changes, 1U) << "the change of the reason is told";
	// Kept alive every 15 s, by what it understands.
	EXPECT_NEAR(static_cast<double>(one.sent.size()), 2 * 240, 2);
	for (const auto& sent : one.sent)
		EXPECT_TRUE(sent.datagram.starts_with("P2P_HOLE_PUNCH_PING_FROM_")) << sent.datagram;
	one.receive(
		R"({"type":"chat_message","from_worker_id":")" + OnePeer::PEER + R"(","content":"hi"})", OFFERED);
	EXPECT_EQ(one.status().reason,
		"the peer's datagrams arrive; a worker of the first version, it acknowledges nothing");
	ASSERT_EQ(one.received.size(), 1U);
	EXPECT_EQ(one.received[0].content, "hi");
}

TEST(OldPeer, IsLostOnlyWhenItLeftAndAMinuteWasSilent)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	one.run(10s);
	one.leave();
	one.run(40s);
	one.receive(chat::encodePunch(OnePeer::PEER, 9), OFFERED);
	one.run(59s);
	EXPECT_EQ(one.status().state, LinkState::Up) << "peers need no rendezvous";
	one.run(2s);
	EXPECT_EQ(one.status().state, LinkState::Lost);
	EXPECT_NE(one.status().reason.find("left the rendezvous"), std::string::npos);
}

TEST(OldPeer, SilentBeforeItLeftIsLostAtOnceWhenItLeaves)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	one.run(5min);
	EXPECT_EQ(one.status().state, LinkState::Up);
	one.leave();
	one.run(1ms);
	EXPECT_EQ(one.status().state, LinkState::Lost);
}

TEST(OldPeer, ThatLeftBeforeItAnsweredIsLost)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.run(1s);
	one.leave();
	EXPECT_EQ(one.status().state, LinkState::Lost);
	EXPECT_EQ(one.status().reason, "the peer left before any datagram of it had arrived");
	const auto sent = one.sent.size();
	one.run(1h);
	EXPECT_EQ(one.sent.size(), sent);
}

TEST(OldPeer, WithANewSocketIsAttemptedAnew)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	const auto elsewhere = OFFERED.withPort(50'000);
	one.offer(elsewhere, false);
	EXPECT_EQ(one.status().state, LinkState::Attempted);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), elsewhere);
	EXPECT_EQ(one.status().state, LinkState::Up);
	EXPECT_EQ(one.status().remote, elsewhere);
	// The same offer again, as after a lost connection to the rendezvous, moves nothing.
	one.offer(elsewhere, false);
	EXPECT_EQ(one.status().state, LinkState::Up);
}

TEST(OldPeer, EvenOlderOnesAreAnsweredWithAPong)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.forgetSent();
	EXPECT_TRUE(one.receive("P2P_PING_FROM_somebody", OFFERED)) << "it comes from the offered address";
	EXPECT_EQ(one.status().state, LinkState::Up);
	ASSERT_FALSE(one.sent.empty());
	EXPECT_EQ(one.sent.front().datagram, "P2P_PONG");
}

TEST(OldPeer, IsNeverTriedOverIpv6)
{
	OnePeer one;
	one.offer(*Endpoint::parse("[2001:db8::7]:40001"), false);
	one.run(1min);
	EXPECT_TRUE(one.sent.empty());
	EXPECT_EQ(one.status().state, LinkState::Waiting);
	EXPECT_EQ(one.status().reason, "no address of the peer is known that may be tried");
	EXPECT_EQ(one.machine.counters().refusedCandidates, 1U);
}

TEST(OldPeer, ThatAcknowledgesIsOneOfOurs)
{
	OnePeer one;
	one.offer(OFFERED, false);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	one.send("a");
	one.receive(chat::encodeTextAck(OnePeer::PEER, "a"), OFFERED);
	EXPECT_EQ(one.acknowledged, std::vector<std::string>{"a"});
	EXPECT_TRUE(one.status().acknowledges);
}
