// Whom a peer may be, where datagrams go, and how many.
#include <gtest/gtest.h>

#include "tests/unit/udp-plain/OnePeer.h"

using namespace gimlet;
using namespace gimlet::udp_plain;
using test::OnePeer;

namespace
{

const Endpoint OFFERED = *Endpoint::parse("192.0.2.7:40001");
const PeerId STRANGER = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";

Endpoint address(const char* text)
{
	return *Endpoint::parse(text);
}

}

TEST(PlainLimits, AddressesThatNobodyMayNameAreRefused)
{
	for (const char* text : {"0.0.0.0:80", "224.0.0.1:80", "255.255.255.255:80", "169.254.169.254:80",
			 "[::]:80", "[ff02::1]:80", "[fe80::1]:80", "127.0.0.1:80", "[::1]:80", "192.0.2.1:0"})
		EXPECT_FALSE(mayTarget(address(text), false)) << text;
	for (const char* text : {"192.0.2.1:80", "10.0.0.1:80", "[2001:db8::1]:80", "[fd00::1]:80"})
		EXPECT_TRUE(mayTarget(address(text), false)) << text;
	EXPECT_TRUE(mayTarget(address("127.0.0.1:80"), true));
	EXPECT_FALSE(mayTarget(address("169.254.169.254:80"), true));
	EXPECT_FALSE(mayTarget(address("[::ffff:169.254.169.254]:80"), true));
	EXPECT_FALSE(mayTarget(address("[::ffff:127.0.0.1]:80"), false));
	EXPECT_FALSE(mayTarget(Endpoint{}, true));
}

TEST(PlainLimits, LoopbackIsTriedOnlyIfTheRendezvousIsThere)
{
	OnePeer remote;
	remote.offer(address("127.0.0.1:9"), true);
	EXPECT_TRUE(remote.sent.empty());
	EXPECT_EQ(remote.machine.counters().refusedCandidates, 1U);
	OnePeer local;
	local.offer(address("127.0.0.1:9"), true, true);
	EXPECT_FALSE(local.sent.empty());
}

TEST(PlainLimits, TenDatagramsAnOfferForEachAddress)
{
	OnePeer one;
	const auto second = address("10.0.0.7:8081");
	one.offer(OFFERED, true);
	one.candidates({second, OFFERED});
	one.run(24h);
	EXPECT_EQ(one.sentTo(OFFERED), 10U);
	EXPECT_EQ(one.sentTo(second), 10U);
	one.offer(OFFERED, true);
	one.run(24h);
	EXPECT_EQ(one.sentTo(OFFERED), 20U);
	EXPECT_EQ(one.sentTo(second), 10U);
}

TEST(PlainLimits, OffersInQuickSuccessionAddNothing)
{
	OnePeer one;
	for (int i = 0; i < 1000; ++i)
	{
		one.offer(OFFERED, true);
		one.candidates({OFFERED}, true);
	}
	one.run(1min);
	EXPECT_LE(one.sentTo(OFFERED), 20U);
}

TEST(PlainLimits, OffersOfOneTargetAreLimitedForAllPeersTogether)
{
	ClaimLimiter limiter;
	TimePoint now{1h};
	unsigned granted = 0;
	for (std::uint16_t port = 1; port <= 1000; ++port)
		granted += limiter.take(OFFERED.withPort(port), now);
	EXPECT_EQ(granted, CLAIMS_AT_ONCE);
	EXPECT_TRUE(limiter.take(address("192.0.2.8:1"), now)) << "another host";
	EXPECT_FALSE(limiter.take(OFFERED, now + 999ms));
	EXPECT_TRUE(limiter.take(OFFERED, now + 1s));
	EXPECT_FALSE(limiter.take(OFFERED, now + 1s));
	now += 24h;
	granted = 0;
	for (int i = 0; i < 1000; ++i)
		granted += limiter.take(OFFERED, now);
	EXPECT_EQ(granted, CLAIMS_AT_ONCE);
}

TEST(PlainLimits, TheLimiterForgetsWhoRested)
{
	ClaimLimiter limiter;
	TimePoint now{1h};
	const auto target = [](std::uint32_t i)
	{
		const std::uint8_t bytes[] = {203, static_cast<std::uint8_t>(i >> 16),
			static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
		return Endpoint::fromBytes(bytes, 1);
	};
	for (std::uint32_t i = 0; i < MAX_CLAIMED_ADDRESSES; ++i)
		EXPECT_TRUE(limiter.take(target(i), now));
	EXPECT_FALSE(limiter.take(target(MAX_CLAIMED_ADDRESSES), now)) << "full";
	EXPECT_EQ(limiter.size(), MAX_CLAIMED_ADDRESSES);
	EXPECT_TRUE(limiter.take(target(MAX_CLAIMED_ADDRESSES), now + 2s));
	EXPECT_EQ(limiter.size(), 1U);
}

TEST(PlainLimits, ARefusedClaimIsCountedAndSendsNothing)
{
	OnePeer one;
	for (unsigned i = 0; i < CLAIMS_AT_ONCE; ++i)
		one.limiter.take(OFFERED, one.now);
	one.offer(OFFERED, true);
	EXPECT_TRUE(one.sent.empty());
	EXPECT_EQ(one.machine.counters().limitedClaims, 1U);
}

TEST(PlainLimits, APortIsFollowedButNoOtherAddress)
{
	OnePeer one;
	one.offer(OFFERED, true);
	EXPECT_FALSE(one.receive(chat::encodePunch(OnePeer::PEER, 1), address("192.0.2.8:40001")));
	EXPECT_EQ(one.status().state, LinkState::Attempted);
	EXPECT_TRUE(one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED.withPort(50'001)));
	EXPECT_EQ(one.status().state, LinkState::Up);
	EXPECT_EQ(one.status().remote, OFFERED.withPort(50'001));
}

TEST(PlainLimits, APortIsFollowedOnlyForADatagramThatNamesTheWorker)
{
	OnePeer one;
	one.offer(OFFERED, false);
	EXPECT_FALSE(one.receive("P2P_PONG", OFFERED.withPort(50'001)));
	EXPECT_FALSE(one.receive(chat::encodePunch(STRANGER, 1), OFFERED.withPort(50'001)));
	EXPECT_FALSE(one.receive(R"({"type":"weather"})", OFFERED.withPort(50'001)));
	EXPECT_EQ(one.status().state, LinkState::Attempted);
	EXPECT_TRUE(one.receive("P2P_PONG", OFFERED));
	EXPECT_EQ(one.status().state, LinkState::Up);
}

TEST(PlainLimits, FollowedPortsAreBounded)
{
	Routes routes;
	routes.name(OFFERED);
	for (std::uint16_t port = 1; port <= 1000; ++port)
		EXPECT_TRUE(routes.heard(OFFERED.withPort(port)));
	EXPECT_EQ(routes.all().size(), 1 + MAX_FOLLOWED_ROUTES);
	EXPECT_TRUE(routes.knows(OFFERED.withPort(1000)));
	EXPECT_FALSE(routes.knows(OFFERED.withPort(1)));
}

TEST(PlainLimits, NamedAddressesAreBoundedAndTheUselessGiveWay)
{
	Routes routes;
	for (std::uint16_t port = 1; port <= MAX_NAMED_ROUTES; ++port)
		routes.name(OFFERED.withPort(port));
	routes.grant(OFFERED.withPort(1));
	routes.heard(OFFERED.withPort(2));
	routes.use(OFFERED.withPort(2));
	routes.name(OFFERED.withPort(1000));
	EXPECT_EQ(routes.all().size(), MAX_NAMED_ROUTES);
	EXPECT_TRUE(routes.knows(OFFERED.withPort(1))) << "it is being tried";
	EXPECT_TRUE(routes.knows(OFFERED.withPort(2))) << "it answered";
	EXPECT_FALSE(routes.knows(OFFERED.withPort(3)));
	for (std::uint16_t port = 2000; port < 3000; ++port)
	{
		routes.name(OFFERED.withPort(port));
		routes.grant(OFFERED.withPort(port));
	}
	EXPECT_EQ(routes.all().size(), MAX_NAMED_ROUTES);
	EXPECT_TRUE(routes.knows(OFFERED.withPort(2))) << "it is in use";
	EXPECT_TRUE(routes.knows(OFFERED.withPort(2999)));
}

TEST(PlainLimits, APortThatTheNatHasReplacedIsForgotten)
{
	Routes routes;
	const auto neighbour = address("10.0.0.7:8081");
	routes.name(neighbour);
	routes.name(OFFERED);
	routes.heard(OFFERED);
	routes.use(OFFERED);
	for (std::uint16_t port = 1; port <= 1000; ++port)
	{
		ASSERT_TRUE(routes.heard(OFFERED.withPort(port)));
		routes.use(OFFERED.withPort(port));
		EXPECT_EQ(routes.all().size(), 2U);
	}
	EXPECT_TRUE(routes.knows(neighbour));
}

TEST(PlainLimits, ALinkSurvivesANatThatRemapsItForEver)
{
	OnePeer one;
	one.offer(OFFERED, true);
	for (std::uint16_t port = 1; port <= 500; ++port)
	{
		const auto remote = OFFERED.withPort(port);
		one.offer(remote, true);
		one.run(1s);
		EXPECT_GE(one.sentTo(remote), 1U) << port;
		ASSERT_TRUE(one.receive(chat::encodeKeepalive(OnePeer::PEER, port), remote));
		EXPECT_EQ(one.status().remote, remote);
		one.run(60s);
		one.forgetSent();
	}
}

TEST(PlainLimits, WishesToBeginAnewAreAnsweredAtMostEveryFiveSeconds)
{
	OnePeer one;
	one.offer(OFFERED, true);
	const auto before = one.signals;
	for (int i = 0; i < 100; ++i)
	{
		one.candidates({OFFERED}, true);
		one.run(100ms);
	}
	EXPECT_LE(one.signals - before, 3U);
}

TEST(PlainLimits, AFloodOfKeepalivesFromEverChangingPortsCostsNoMemory)
{
	OnePeer one;
	one.offer(OFFERED, true);
	for (std::uint64_t i = 1; i < 5000; ++i)
		one.receive(chat::encodeKeepalive(OnePeer::PEER, i),
			OFFERED.withPort(static_cast<std::uint16_t>(i % 60'000 + 1)));
	EXPECT_EQ(one.status().state, LinkState::Up);
	one.forgetSent();
	one.run(2s);
	EXPECT_LE(one.sent.size(), 30U);
}

TEST(PlainLimits, AMessageOverTheLimitIsRefusedInEveryState)
{
	OnePeer one;
	EXPECT_EQ(one.send("a", std::string(1200, 'x')), SendResult::TooLarge);
	one.offer(OFFERED, true);
	one.receive(chat::encodePunch(OnePeer::PEER, 1), OFFERED);
	EXPECT_EQ(one.send("a", std::string(1200, 'x')), SendResult::TooLarge);
	EXPECT_EQ(one.send("a", std::string(1000, 'x')), SendResult::Sent);
}

TEST(PlainLimits, AMessageThatFillsItsDatagramWaitsForTheOnesBefore)
{
	OnePeer one;
	one.offer(OFFERED, true);
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 1), OFFERED);
	EXPECT_EQ(one.send("small"), SendResult::Sent);
	ChatMessage large{"large", "", WallTime{0}};
	large.content.assign(chat::MAX_SENT - chat::encodeText(OnePeer::OWN, large).size(), 'x');
	EXPECT_EQ(one.machine.send(large, one.now), SendResult::Congested);
	EXPECT_EQ(one.send("behind it"), SendResult::Congested) << "it must not overtake";
	one.receive(chat::encodeTextAck(OnePeer::PEER, "small"), OFFERED);
	EXPECT_EQ(one.writable, 1U);
	EXPECT_EQ(one.machine.send(large, one.now), SendResult::Sent);
}

TEST(PlainLimits, AcknowledgementsGoWhereTheMessageCameFrom)
{
	OnePeer one;
	const auto second = address("10.0.0.7:8081");
	one.offer(OFFERED, true);
	one.candidates({second});
	one.receive(chat::encodeKeepalive(OnePeer::PEER, 1), OFFERED);
	one.forgetSent();
	one.receive(chat::encodeText(OnePeer::PEER, {"m", "text", WallTime{0}}), second);
	ASSERT_EQ(one.sent.size(), 1U);
	EXPECT_EQ(one.sent[0].remote, second);
	EXPECT_EQ(one.sent[0].datagram, chat::encodeTextAck(OnePeer::OWN, "m"));
	one.receive(chat::encodeText(OnePeer::PEER, {"m", "text", WallTime{0}}), OFFERED);
	EXPECT_EQ(one.received.size(), 1U) << "an id is shown once";
	EXPECT_EQ(one.sent.size(), 2U) << "and acknowledged each time";
	EXPECT_EQ(one.machine.counters().duplicates, 1U);
}
