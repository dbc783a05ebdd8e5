#include "plugins/signaling/lan/LanMachine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lan/Wire.h"

namespace gimlet::lan
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LanMachineTest : public testing::Test
{
protected:
	Wire _wire;

	std::uint64_t dropped(const Wire::Node& node, LanMachine::Drop reason)
	{
		return node.machine.counters().dropped[static_cast<std::size_t>(reason)];
	}

	static Buffer announcement(const PeerId& id, std::uint64_t epoch, bool asks = false)
	{
		return encode(LOBBY, {id, epoch}, Announcement{.asks = asks, .name = "x", .transports = {"test/1"}});
	}
};

TEST_F(LanMachineTest, TwoNodesOfferEachOtherAtOnceWithOneSession)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.run(30s);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(50ms);
	ASSERT_THAT(alice.offers, SizeIs(1));
	ASSERT_THAT(bob.offers, SizeIs(1));
	EXPECT_EQ(alice.offers[0].peer, BOB);
	EXPECT_EQ(alice.offers[0].name, "b");
	EXPECT_EQ(alice.offers[0].transport, "test/1");
	EXPECT_EQ(alice.offers[0].room, "lobby");
	EXPECT_TRUE(alice.offers[0].ours);
	EXPECT_FALSE(alice.offers[0].overLoopback);
	EXPECT_THAT(alice.offers[0].seen, ElementsAre(*Endpoint::parse("10.0.0.2:0")));
	EXPECT_EQ(alice.offers[0].session, bob.offers[0].session);
	_wire.run(10min);
	EXPECT_THAT(alice.offers, SizeIs(1)) << "once";
	EXPECT_THAT(alice.gone, IsEmpty());
}

TEST_F(LanMachineTest, SignalsArriveOnBothSides)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(50ms);
	const auto session = alice.offers.at(0).session;
	const auto large = '"' + std::string(MAX_SIGNAL - 2, 'x') + '"';
	EXPECT_TRUE(alice.machine.sendSignal(BOB, session, large, _wire.now));
	EXPECT_TRUE(bob.machine.sendSignal(ALICE, session, "{}", _wire.now));
	_wire.run(100ms);
	EXPECT_THAT(bob.signals, ElementsAre(session + " " + large));
	EXPECT_THAT(alice.signals, ElementsAre(session + " {}"));
	EXPECT_EQ(alice.machine.counters().signalsDelivered, 1U);
}

TEST_F(LanMachineTest, WhatCannotBeSentIsRefused)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(50ms);
	const auto session = alice.offers.at(0).session;
	EXPECT_FALSE(alice.machine.sendSignal(CAROL, session, "{}", _wire.now));
	EXPECT_FALSE(alice.machine.sendSignal(BOB, "of a former time", "{}", _wire.now));
	EXPECT_FALSE(alice.machine.sendSignal(BOB, session, "no JSON", _wire.now));
	EXPECT_FALSE(alice.machine.sendSignal(BOB, session, '"' + std::string(MAX_SIGNAL, 'x') + '"', _wire.now));
}

// A bad wireless network: a third is lost, some comes twice, and nothing in its order.
TEST_F(LanMachineTest, LossRepetitionAndDisorderAreBorne)
{
	for (unsigned seed = 1; seed <= 20; ++seed)
	{
		Wire wire{seed};
		wire.loss = 0.3;
		wire.repeated = 0.2;
		wire.slowest = 80ms;
		auto& alice = wire.join(ALICE, "10.0.0.1", 1);
		auto& bob = wire.join(BOB, "10.0.0.2", 2);
		wire.run(20s);
		ASSERT_FALSE(alice.offers.empty()) << seed;
		ASSERT_FALSE(bob.offers.empty()) << seed;
		const auto session = alice.offers[0].session;
		std::vector<std::string> expected;
		for (int i = 0; i < 12; ++i)
		{
			const auto data = std::to_string(i) + std::string(static_cast<std::size_t>(i) * 300, '0');
			expected.push_back(session + " " + data);
			ASSERT_TRUE(alice.machine.sendSignal(BOB, session, data, wire.now));
		}
		wire.run(60s);
		EXPECT_EQ(bob.signals, expected) << seed;
		EXPECT_THAT(alice.gone, IsEmpty()) << seed;
		EXPECT_THAT(bob.gone, IsEmpty()) << seed;
	}
}

TEST_F(LanMachineTest, AGoodbyeIsHeardAtOnceAndSilenceAfterAWhile)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	auto& carol = _wire.join(CAROL, "10.0.0.3", 3);
	_wire.run(1s);
	bob.machine.stop();
	_wire.settle();
	bob.plugged = false;
	_wire.run(10ms);
	EXPECT_THAT(alice.gone, ElementsAre(BOB));
	carol.plugged = false;
	_wire.run(15s);
	EXPECT_THAT(alice.gone, SizeIs(1));
	_wire.run(15s);
	EXPECT_THAT(alice.gone, ElementsAre(BOB, CAROL));
	EXPECT_EQ(alice.machine.peers(), 0U);
}

TEST_F(LanMachineTest, APeerWhoseMulticastIsLostIsAskedDirectly)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(2s);
	_wire.filter = [](const Wire::Node&, const LanMachine::Transmit& transmit)
	{ return transmit.to.has_value(); };
	_wire.run(10min);
	EXPECT_THAT(alice.gone, IsEmpty());
	EXPECT_THAT(bob.gone, IsEmpty());
}

TEST_F(LanMachineTest, ARestartedNodeIsOfferedAnewWithAnotherSession)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	_wire.remove(bob); // without a goodbye
	auto& again = _wire.join(BOB, "10.0.0.2", 3);
	_wire.run(1s);
	ASSERT_THAT(alice.offers, SizeIs(2));
	EXPECT_NE(alice.offers[0].session, alice.offers[1].session);
	EXPECT_THAT(alice.gone, IsEmpty()) << "it has not left, it is there anew";
	EXPECT_TRUE(again.machine.sendSignal(ALICE, alice.offers[1].session, "1", _wire.now));
	_wire.run(100ms);
	EXPECT_THAT(alice.signals, ElementsAre(alice.offers[1].session + " 1"));
}

TEST_F(LanMachineTest, ASecondRunOfAnIdElsewhereDoesNotDisturbTheFirst)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	for (std::uint64_t epoch = 10; epoch < 20; ++epoch)
		_wire.inject(alice, "10.0.0.66:1", announcement(BOB, epoch));
	EXPECT_THAT(alice.offers, SizeIs(1));
	EXPECT_EQ(dropped(alice, LanMachine::Drop::Conflict), 10U);
}

TEST_F(LanMachineTest, OurOwnIdFromElsewhereIsNotAPeer)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.inject(alice, "10.0.0.66:1", announcement(ALICE, 1));
	_wire.inject(alice, "10.0.0.66:1", announcement(ALICE, 5));
	EXPECT_THAT(alice.offers, IsEmpty());
	EXPECT_EQ(dropped(alice, LanMachine::Drop::Conflict), 1U) << "the first is our own multicast";
}

TEST_F(LanMachineTest, RoomsDoNotHearEachOther)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2, Room("cellar", ""));
	auto& carol = _wire.join(CAROL, "10.0.0.3", 3, Room("lobby", "secret"));
	_wire.run(10s);
	EXPECT_THAT(alice.offers, IsEmpty());
	EXPECT_THAT(bob.offers, IsEmpty());
	EXPECT_THAT(carol.offers, IsEmpty());
	EXPECT_GT(dropped(alice, LanMachine::Drop::OtherRoom), 0U);
}

TEST_F(LanMachineTest, ATokenLetsThoseInWhoKnowIt)
{
	const Room room{"lobby", "secret"};
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1, room);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2, room);
	_wire.run(1s);
	ASSERT_THAT(alice.offers, SizeIs(1));
	EXPECT_TRUE(bob.machine.sendSignal(ALICE, alice.offers[0].session, "1", _wire.now));
	_wire.run(100ms);
	EXPECT_THAT(alice.signals, SizeIs(1));
}

TEST_F(LanMachineTest, OnlyTheNetworkItselfIsListenedTo)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	for (const auto* from : {"10.0.1.2:1", "192.0.2.1:1", "10.0.0.2:0", "224.0.0.1:5", "[fe80::1]:1"})
		_wire.inject(alice, from, announcement(BOB, 1));
	EXPECT_EQ(dropped(alice, LanMachine::Drop::OffLink), 5U);
	EXPECT_THAT(alice.offers, IsEmpty());
	const Segment six{.address = *Endpoint::parse("[fe80::1]:0"), .prefix = 64};
	EXPECT_TRUE(isOnLink(six, *Endpoint::parse("[fe80::2]:9")));
	EXPECT_FALSE(isOnLink(six, *Endpoint::parse("[2001:db8::1]:9")));
	EXPECT_FALSE(isOnLink(six, *Endpoint::parse("10.0.0.2:9")));
}

TEST_F(LanMachineTest, NothingIsAnnouncedWithoutATransport)
{
	auto& alice = _wire.add(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(10s);
	EXPECT_EQ(alice.sent, 0U);
	EXPECT_THAT(bob.offers, IsEmpty());
	alice.machine.describe(described("a"), _wire.now);
	_wire.run(50ms);
	EXPECT_THAT(bob.offers, SizeIs(1));
	EXPECT_THAT(alice.offers, SizeIs(1)) << "whom it has heard before it had something to talk in";
}

TEST_F(LanMachineTest, WithoutACommonTransportBothAreTold)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.add(BOB, "10.0.0.2", 2);
	bob.machine.describe(described("b", {"other/9"}), _wire.now);
	_wire.run(10s);
	ASSERT_THAT(alice.strangers, SizeIs(1));
	EXPECT_THAT(alice.strangers[0], testing::HasSubstr("other/9"));
	EXPECT_THAT(bob.strangers, SizeIs(1));
	bob.machine.describe(described("b", {"other/9", "test/1"}), _wire.now);
	_wire.run(50ms);
	EXPECT_THAT(alice.offers, SizeIs(1));
	EXPECT_THAT(bob.offers, SizeIs(1));
	bob.machine.describe(described("b", {"other/9"}), _wire.now);
	_wire.run(50ms);
	EXPECT_THAT(alice.gone, ElementsAre(BOB));
}

TEST_F(LanMachineTest, ANewNameIsOfferedAgainInTheSameSession)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(2s);
	bob.machine.describe(described("robert"), _wire.now);
	_wire.run(50ms);
	ASSERT_THAT(alice.offers, SizeIs(2));
	EXPECT_EQ(alice.offers[1].name, "robert");
	EXPECT_EQ(alice.offers[1].session, alice.offers[0].session);
}

TEST_F(LanMachineTest, APeerIsGoneWithTheNetworkItWasHeardOn)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	alice.machine.removeSegment(1);
	_wire.settle();
	EXPECT_THAT(alice.gone, ElementsAre(BOB));
}

TEST_F(LanMachineTest, ASignalGoesByAnotherAddressWhenTheFirstIsDead)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	// Somebody repeats bob's announcement before bob himself is heard.
	_wire.inject(alice, "10.0.0.66:1", announcement(BOB, 2));
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	EXPECT_TRUE(alice.machine.sendSignal(BOB, alice.offers.at(0).session, "1", _wire.now));
	_wire.run(5s);
	EXPECT_THAT(bob.signals, SizeIs(1));
}

TEST_F(LanMachineTest, ASignalOfARunThatIsNotKnownMakesBothKnown)
{
	_wire.filter = [](const Wire::Node& from, const LanMachine::Transmit&)
	{ return from.address != "10.0.0.2"; };
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	auto& bob = _wire.join(BOB, "10.0.0.2", 2);
	_wire.run(3s);
	EXPECT_THAT(alice.offers, IsEmpty());
	ASSERT_THAT(bob.offers, SizeIs(1));
	_wire.filter = nullptr;
	EXPECT_TRUE(bob.machine.sendSignal(ALICE, bob.offers[0].session, "1", _wire.now));
	_wire.run(400ms);
	EXPECT_THAT(alice.offers, SizeIs(1)) << "long before the next announcement";
	EXPECT_THAT(alice.signals, SizeIs(1));
}

TEST_F(LanMachineTest, AFloodOfStrangersIsBounded)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(5s);
	const auto sent = alice.sent;
	for (unsigned second = 0; second < 20; ++second)
	{
		for (unsigned i = 0; i < 1000; ++i)
		{
			const auto number = second * 1000 + i;
			const auto id = fmt::format("{:08x}-0000-4000-8000-000000000000", number);
			_wire.inject(alice, fmt::format("10.0.0.{}:{}", 3 + number % 250, 1 + number % 60000),
				announcement(id, number, true));
		}
		_wire.run(1s);
		EXPECT_LE(alice.machine.peers(), MAX_PEERS);
	}
	EXPECT_GT(dropped(alice, LanMachine::Drop::Excess), 10'000U);
	EXPECT_LT(alice.sent - sent, 1'500U) << "a datagram of ours for many of theirs";
	EXPECT_THAT(alice.gone, testing::Not(testing::Contains(BOB)));
}

TEST_F(LanMachineTest, OneAddressHasNotMoreThanSomeIds)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	for (unsigned i = 0; i < 60; ++i)
		_wire.inject(alice, fmt::format("10.0.0.9:{}", 1 + i),
			announcement(fmt::format("{:08x}-0000-4000-8000-000000000000", i), 1));
	EXPECT_EQ(alice.machine.peers(), MAX_IDS_AN_ADDRESS);
}

TEST_F(LanMachineTest, AGoodbyeFromElsewhereIsNotBelieved)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	_wire.inject(alice, "10.0.0.66:1", encode(LOBBY, {BOB, 2}, Goodbye{}));
	EXPECT_THAT(alice.gone, IsEmpty());
}

TEST_F(LanMachineTest, SignalsThatAreNoJsonAndThoseOfStrangersAreDropped)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(1s);
	const auto tag = sessionTag(alice.offers.at(0).session);
	const auto part = [&](const PeerId& to, std::uint64_t session, std::string_view data)
	{
		return encode(LOBBY, {BOB, 2},
			Fragment{
				.to = to, .tag = session, .sequence = 1, .index = 0, .count = 1, .bytes = asBytes(data)});
	};
	_wire.inject(alice, "10.0.0.2:40000", part(CAROL, tag, "1"));
	_wire.inject(alice, "10.0.0.2:40000", part(ALICE, tag + 1, "1"));
	EXPECT_EQ(dropped(alice, LanMachine::Drop::Stranger), 2U);
	_wire.inject(alice, "10.0.0.2:40000", part(ALICE, tag, "{"));
	EXPECT_EQ(dropped(alice, LanMachine::Drop::Malformed), 1U);
	EXPECT_THAT(alice.signals, IsEmpty());
}

TEST_F(LanMachineTest, AnIdleNodeIsQuiet)
{
	auto& alice = _wire.join(ALICE, "10.0.0.1", 1);
	_wire.join(BOB, "10.0.0.2", 2);
	_wire.run(10s);
	const auto before = alice.sent;
	_wire.run(10min);
	EXPECT_LE(alice.sent - before, 135U) << "an announcement every 5 s, and nothing else";
}

TEST_F(LanMachineTest, LoopbackIsToldToTheTransport)
{
	auto& alice = _wire.join(ALICE, "127.0.0.1", 1);
	_wire.inject(alice, "127.0.0.1:7", announcement(BOB, 1));
	ASSERT_THAT(alice.offers, SizeIs(1));
	EXPECT_TRUE(alice.offers[0].overLoopback);
}

}

}
