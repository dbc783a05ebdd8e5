// Liars, fools and roles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/stun/MessageBuilder.h"
#include "plugins/transport/udp-punch/ice/CheckMessage.h"
#include "plugins/transport/udp-punch/ice/Timing.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::ElementsAre;

void oneEach(World& world)
{
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
}

bool linked(World& world, Duration longest = 2s)
{
	return world.runUntil([&] { return world.bothSelected(); }, longest);
}

bool isResponse(const Datagram& datagram)
{
	const auto message = stun::MessageView::parse(datagram.bytes);
	return message && message->messageClass() == stun::MessageClass::SuccessResponse;
}

}

TEST(IceRoles, TwoControllingAgentsAgree)
{
	for (const auto& [one, other] : {std::pair{1U, 2U}, std::pair{2U, 1U}, std::pair{2U, 2U}})
		for (const auto role : {Role::Controlling, Role::Controlled})
		{
			World world;
			world.alice.renew(role, one);
			world.bob.renew(role, other);
			oneEach(world);
			world.introduce();
			ASSERT_TRUE(linked(world)) << one << other;
			if (one != other)
			{
				EXPECT_EQ(world.alice.agent().role() == Role::Controlling, one > other);
			}
			world.run(60s);
			EXPECT_TRUE(world.bothSelected());
			EXPECT_NE(world.alice.agent().role(), world.bob.agent().role());
			EXPECT_EQ(world.alice.events.size(), 1U);
		}
}

TEST(IceSafety, AWrongPasswordGetsNoAnswer)
{
	World world;
	oneEach(world);
	world.alice.agent().addRemote(world.bob.lines.front(), world.now);
	world.alice.agent().remoteDone(world.now);
	world.alice.agent().setRemote({world.bob.agent().local().ufrag, "not-the-password-of-bob-"}, world.now);
	world.bob.agent().setRemote({world.alice.agent().local().ufrag, "not-the-password-of-alice"}, world.now);
	world.bob.agent().addRemote(world.alice.lines.front(), world.now);
	world.run(60s);
	EXPECT_FALSE(world.alice.agent().selected());
	EXPECT_FALSE(world.bob.agent().selected());
	EXPECT_GT(world.alice.agent().counters().unauthenticated, 0U);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Failed));
	EXPECT_EQ(world.alice.agent().explain(), "the peer's checks and answers have another password");
}

TEST(IceSafety, AStrangersRequestIsNotForUs)
{
	World world;
	oneEach(world);
	world.introduce();
	Buffer request;
	writeRequest(request, {.username = "stranger:x", .pwd = "y", .priority = 1});
	const Path path{world.alice.ports.front().get(), at("192.0.2.1:1000"), at("192.0.2.9:9")};
	EXPECT_FALSE(world.alice.agent().onDatagram(request, path, world.now));
	const std::string text = "not STUN at all";
	EXPECT_FALSE(world.alice.agent().onDatagram(asBytes(text), path, world.now));
	EXPECT_EQ(world.alice.agent().counters().requestsReceived, 0U);
}

TEST(IceSafety, AnAnswerFromAnotherAddressFailsThePair)
{
	World world;
	oneEach(world);
	world.tell(world.alice, world.bob);
	world.bob.agent().setRemote(world.alice.agent().local(), world.now);
	world.passes = [&](Datagram& datagram)
	{
		if (isResponse(datagram) && datagram.source == at("192.0.2.2:2000"))
			datagram.source = at("192.0.2.66:2000"); // RFC 8445, section 7.2.5.2.1
		return datagram.source != at("192.0.2.2:2000");
	};
	world.run(60s);
	EXPECT_FALSE(world.alice.agent().selected());
	EXPECT_FALSE(world.alice.agent().valid());
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Failed));
	EXPECT_THAT(world.alice.agent().explain(), testing::HasSubstr("other addresses than were asked"));
}

TEST(IceSafety, AnAnswerCountsOnce)
{
	World world;
	oneEach(world);
	std::vector<Datagram> answers;
	world.passes = [&](Datagram& datagram)
	{
		if (isResponse(datagram))
			answers.push_back(datagram);
		return true;
	};
	world.introduce();
	ASSERT_TRUE(linked(world));
	world.run(3s);
	world.passes = [](Datagram&) { return false; };
	const auto before = world.alice.agent().counters().responsesReceived;
	world.alice.events.clear();
	// Yesterday's answers do not keep a dead pair alive, from wherever they are said again.
	for (int i = 0; i < 400; ++i)
	{
		for (auto answer : answers)
		{
			world.deliver(answer);
			answer.source = at("192.0.2.66:2000");
			world.deliver(answer);
		}
		world.run(100ms);
	}
	EXPECT_EQ(world.alice.agent().counters().responsesReceived, before);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Doubtful, Event::Failed));
}

TEST(IceSafety, ARepeatedRequestFromElsewhereDoesNotMoveTheLink)
{
	World world;
	oneEach(world);
	std::vector<Datagram> requests;
	world.passes = [&](Datagram& datagram)
	{
		if (!isResponse(datagram) && datagram.target == at("192.0.2.1:1000"))
			requests.push_back(datagram);
		return true;
	};
	world.introduce();
	ASSERT_TRUE(linked(world));
	world.run(5s);
	const auto selected = *world.alice.agent().selected();
	for (std::uint16_t port = 1; port < 500; ++port)
	{
		auto forged = requests[port % requests.size()];
		forged.source = at("192.0.2.77:1").withPort(port);
		world.deliver(forged);
	}
	world.run(60s);
	EXPECT_EQ(*world.alice.agent().selected(), selected);
	unsigned asked = 0;
	for (const auto& [target, count] : world.alice.sentTo)
		if (target.sameAddress(at("192.0.2.77:1")))
			asked += count;
	// Each got the answer that it asked for, and a bounded number of checks besides.
	EXPECT_LE(asked, 499 + Timing::MAX_ADDRESSES * Timing::ALLOWANCE);
	EXPECT_EQ(world.alice.count(Event::Failed), 0U);
}

TEST(IceSafety, AnUnansweringAddressGetsTenRequestsHoweverOftenItIsNamed)
{
	World world;
	oneEach(world);
	world.alice.open({"198.51.100.1:1000"});
	world.alice.open({"198.51.100.1:1001"});
	const auto victim = line("192.0.2.99:53");
	world.alice.agent().setRemote({"peer", "password-of-the-peer-01"}, world.now);
	for (int i = 0; i < 100; ++i)
	{
		world.alice.agent().addRemote(victim, world.now);
		world.run(300ms);
		world.alice.agent().removeRemote(victim, world.now);
	}
	EXPECT_EQ(world.alice.sentTo[victim.endpoint], Timing::ALLOWANCE);
}

TEST(IceSafety, AFloodOfCandidatesIsCapped)
{
	World world;
	oneEach(world);
	world.alice.agent().setRemote({"peer", "password-of-the-peer-01"}, world.now);
	for (std::uint32_t i = 0; i < 5000; ++i)
		world.alice.agent().addRemote(
			line("192.0.2.99:" + std::to_string(1 + i), CandidateType::Host, 1 + i, std::to_string(i)),
			world.now);
	world.run(100s);
	EXPECT_LE(world.alice.sent, Timing::MAX_ADDRESSES * Timing::ALLOWANCE);
	EXPECT_LE(world.alice.sentTo.size(), Timing::MAX_ADDRESSES);
	world.alice.agent().remoteDone(world.now);
	EXPECT_EQ(world.alice.agent().explain(), "20 pairs of addresses tried, no answer");
}

TEST(IceSafety, TheTrueAddressIsFoundThoughTheTableIsFull)
{
	World world;
	oneEach(world);
	for (std::uint32_t i = 0; i < 100; ++i)
		world.bob.lines.push_back(line(
			"192.0.2.99:" + std::to_string(1 + i), CandidateType::Host, 0x7e000000 + i, std::to_string(i)));
	world.bob.lines.erase(world.bob.lines.begin());
	world.introduce();
	ASSERT_TRUE(linked(world)) << "its checks made room";
	EXPECT_EQ(world.alice.agent().selected()->path.remote, at("192.0.2.2:2000"));
}

TEST(IceSafety, RefusedAddressesAreCountedAndNeverSentTo)
{
	World world;
	oneEach(world);
	world.alice.agent().setRemote({"peer", "password-of-the-peer-01"}, world.now);
	for (const auto* text : {"127.0.0.1:80", "[::1]:80", "169.254.169.254:80", "[::ffff:169.254.169.254]:80",
			 "0.0.0.0:80", "224.0.0.1:80", "255.255.255.255:80", "192.0.2.5:0"})
		world.alice.agent().addRemote(line(text), world.now);
	world.run(60s);
	EXPECT_EQ(world.alice.agent().counters().refusedCandidates, 8U);
	EXPECT_EQ(world.alice.sent, 0U);
}

TEST(IceSafety, OnOneMachineLoopbackMayBeNamed)
{
	World world;
	world.alice.configuration.allowLoopback = true;
	world.bob.configuration.allowLoopback = true;
	world.alice.renew(Role::Controlling, 1);
	world.bob.renew(Role::Controlled, 2);
	world.alice.open({"127.0.0.1:1000"});
	world.bob.open({"127.0.0.1:2000"});
	world.introduce();
	EXPECT_TRUE(linked(world));
}

TEST(IceSafety, WhatMustBeUnderstoodAndIsNotIsRefusedByName)
{
	World world;
	oneEach(world);
	world.introduce();
	ASSERT_TRUE(linked(world));
	const auto own = world.alice.agent().local();
	const auto name = own.ufrag + ":" + world.bob.agent().local().ufrag;
	std::array<std::uint8_t, 200> buffer{};
	const stun::TransactionId id{1, 2, 3};
	const auto request = stun::MessageBuilder(buffer, stun::MessageClass::Request, stun::method::BINDING, id)
							 .text(stun::attribute::USERNAME, name)
							 .number32(stun::attribute::PRIORITY, 1)
							 .number32(0x7777, 0)
							 .integrity(asBytes(own.pwd))
							 .fingerprint()
							 .finish();
	std::vector<Buffer> answers;
	world.passes = [&](Datagram& datagram)
	{
		if (datagram.target == at("192.0.2.2:2000"))
			answers.push_back(datagram.bytes);
		return true;
	};
	world.deliver({at("192.0.2.2:2000"), at("192.0.2.1:1000"), Buffer(request.begin(), request.end())});
	ASSERT_EQ(answers.size(), 1U);
	const auto answer = stun::MessageView::parse(answers.front());
	ASSERT_TRUE(answer && answer->errorCode());
	EXPECT_EQ(answer->errorCode()->code, stun::error::UNKNOWN_ATTRIBUTE);
	std::array<std::uint16_t, 2> unknown{};
	EXPECT_EQ(answer->unknownAttributes(unknown), 1U);
	EXPECT_EQ(unknown[0], 0x7777);
	EXPECT_EQ(answer->integrity(asBytes(own.pwd)), stun::Check::Valid);
	EXPECT_EQ(world.alice.agent().counters().malformed, 1U);
}

}
