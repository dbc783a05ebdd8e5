#include "plugins/service/rendezvous-server/relay/Relay.h"

#include "node/protocol/websocket/CloseCode.h"
#include "tests/unit/rendezvous-server/RelayWorld.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;

TEST(RelayTest, carriesDatagramsOfARoomUnderTheirSendersKey)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	auto passed = world.send(one, world.key(2));
	EXPECT_EQ(&two, passed.to);
	EXPECT_EQ(world.key(1), passed.frame.other);
	EXPECT_TRUE(std::ranges::equal(dtls(), passed.frame.datagram));
	passed = world.send(two, world.key(1), Buffer{0});
	EXPECT_EQ(&one, passed.to) << "one byte is a datagram";
	EXPECT_EQ(world.key(2), passed.frame.other);
	EXPECT_EQ(&two, world.send(one, world.key(2), dtls(1500)).to);
	EXPECT_EQ(3U, world.relay.counters().datagrams);
	EXPECT_EQ(1200U + 1U + 1500U, world.relay.counters().bytes);
}

TEST(RelayTest, carriesStunAndDtlsAndNothingElse)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	for (unsigned first = 0; first < 256; ++first)
	{
		const bool carried = first <= 3 || (first >= 20 && first <= 63);
		const Buffer datagram{static_cast<std::uint8_t>(first), 1, 2};
		EXPECT_EQ(carried, world.send(one, world.key(2), datagram).to != nullptr) << first;
	}
	EXPECT_EQ(256U - 48U, world.dropped(RelayDrop::Foreign));
}

TEST(RelayTest, carriesNothingToStrangers)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd elsewhere;
	world.connect(1, one);
	world.connect(2, elsewhere, "den");
	EXPECT_FALSE(world.send(one, world.key(2)).to) << "nobody has this address";
	EXPECT_FALSE(world.send(one, world.key(2, "den")).to) << "somebody in another room has it";
	EXPECT_FALSE(world.send(elsewhere, world.key(1)).to);
	EXPECT_FALSE(world.send(one, world.key(1)).to) << "it is one's own";
	EXPECT_FALSE(world.send(one, 0).to);
	EXPECT_EQ(5U, world.dropped(RelayDrop::Stranger));
	world.arrive(3);
	EXPECT_FALSE(world.send(one, world.key(3)).to);
	EXPECT_EQ(1U, world.dropped(RelayDrop::Absent));
	EXPECT_FALSE(one.closed) << "whoever sends is not told";
}

TEST(RelayTest, aTicketOpensItsPlaceAgainAndTheNewerConnectionHasIt)
{
	RelayWorld world;
	FakeEnd older;
	FakeEnd newer;
	FakeEnd other;
	world.connect(2, other);
	const auto ticket = world.arrive(1);
	EXPECT_EQ(32U, ticket.size());
	world.open(ticket, older);
	EXPECT_EQ(2U, world.relay.connections());
	world.open(ticket, newer);
	EXPECT_EQ(CLOSE_ID_IN_USE, older.closed);
	EXPECT_FALSE(newer.closed);
	EXPECT_EQ(&newer, world.send(other, world.key(1)).to);
	EXPECT_FALSE(world.send(older, world.key(2)).to) << "nothing is heard of what was closed";
	world.close(older);
	EXPECT_EQ(2U, world.relay.connections());
	world.close(newer);
	EXPECT_FALSE(world.send(other, world.key(1)).to);
	EXPECT_TRUE(world.relay.knows(ticket));
}

TEST(RelayTest, aNewRegistrationKeepsTheConnectionAndChangesTheTicket)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd two;
	world.connect(2, two);
	const auto before = world.arrive(1);
	world.open(before, one);
	world.depart(1);
	world.pass(20s);
	EXPECT_EQ(&one, world.send(two, world.key(1)).to) << "a lost signaling connection breaks no path";
	const auto after = world.arrive(1);
	EXPECT_NE(before, after);
	EXPECT_FALSE(world.relay.knows(before));
	EXPECT_TRUE(world.relay.knows(after));
	world.pass(1h);
	EXPECT_EQ(&one, world.send(two, world.key(1)).to);
	EXPECT_FALSE(one.closed);
	FakeEnd late;
	world.open(before, late);
	EXPECT_EQ(websocket::POLICY_VIOLATION, late.closed)
		<< "it was renewed between the request and the upgrade";
}

TEST(RelayTest, aPlaceEndsHalfAMinuteAfterItsMemberHasLeft)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd two;
	const auto ticket = world.arrive(1);
	world.open(ticket, one);
	world.connect(2, two);
	world.depart(1);
	world.depart(1);
	EXPECT_EQ(world.now + PLACE_GRACE, world.relay.nextDeadline());
	world.pass(PLACE_GRACE - 1s);
	EXPECT_TRUE(world.relay.knows(ticket));
	world.pass(1s);
	EXPECT_EQ(websocket::GOING_AWAY, one.closed);
	EXPECT_FALSE(world.relay.knows(ticket));
	EXPECT_FALSE(world.send(two, world.key(1)).to);
	EXPECT_EQ(1U, world.relay.places());
	EXPECT_EQ(1U, world.relay.connections());
	EXPECT_EQ(NEVER, world.relay.nextDeadline());
	world.depart(7);
	EXPECT_EQ(NEVER, world.relay.nextDeadline()) << "who never came cannot leave";
}

TEST(RelayTest, thereAreSoManyPlacesAndThoseWhoLeftGiveWay)
{
	RelayWorld world{{.maxPlaces = 2}};
	FakeEnd one;
	world.connect(1, one);
	EXPECT_NE("", world.arrive(2));
	EXPECT_EQ("", world.arrive(3));
	EXPECT_EQ(1U, world.relay.counters().placesRefused);
	EXPECT_NE("", world.arrive(1)) << "it is there already";
	world.depart(1);
	EXPECT_NE("", world.arrive(3));
	EXPECT_EQ(websocket::GOING_AWAY, one.closed);
	EXPECT_EQ(2U, world.relay.places());
	EXPECT_EQ(NEVER, world.relay.nextDeadline());
}

TEST(RelayTest, whatIsNoFrameEndsTheConnection)
{
	RelayWorld world;
	const Buffer longest(relay::MAX_FRAME + 1, 20);
	for (const std::size_t size : {std::size_t{0}, std::size_t{7}, relay::KEY_SIZE, relay::MAX_FRAME + 1})
	{
		FakeEnd end;
		world.connect(1, end);
		world.say(end, ByteView{longest}.first(size));
		EXPECT_EQ(1002, end.closed) << size;
		world.close(end);
	}
	FakeEnd texts;
	world.connect(1, texts);
	world.relay.onMalformed(texts, true);
	world.close(texts);
	EXPECT_FALSE(texts.closed) << "the host has ended it already";
	EXPECT_EQ(5U, world.relay.counters().malformed);
	EXPECT_EQ(0U, world.relay.connections());
}

TEST(RelayTest, aSlowReceiverLosesDatagramsAndNothingElse)
{
	RelayWorld world;
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	two.queued = RELAY_QUEUE + 1;
	for (int i = 0; i < 1000; ++i)
	{
		EXPECT_FALSE(world.send(one, world.key(2)).to);
		world.pass(1ms);
	}
	EXPECT_EQ(1000U, world.dropped(RelayDrop::Queue) + world.dropped(RelayDrop::Rate));
	EXPECT_NEAR(3e6 / (9 * 1200), world.dropped(RelayDrop::Queue), 5) << "each counts nine times";
	EXPECT_FALSE(one.paused) << "it is not the sender's fault";
	EXPECT_FALSE(two.closed);
	two.queued = RELAY_QUEUE;
	world.pass(10ms);
	EXPECT_EQ(&two, world.send(one, world.key(2)).to);
}

TEST(RelayTest, aPairHasARateOfBytesAndThusOfDatagrams)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(100'000)}};
	FakeEnd one;
	FakeEnd two;
	FakeEnd three;
	world.connect(1, one);
	world.connect(2, two);
	world.connect(3, three);
	const auto sent = [&](std::size_t size, unsigned to)
	{
		std::size_t count = 0;
		while (world.send(one, world.key(to), dtls(size)).to)
			++count;
		return count;
	};
	EXPECT_EQ(50U, sent(1000, 2)) << "half a second's worth at once";
	EXPECT_EQ(250U, sent(20, 3)) << "another pair has a rate of its own, and short ones count as 200 bytes";
	EXPECT_TRUE(world.send(two, world.key(1)).to) << "and so has the other direction";
	world.pass(100ms);
	EXPECT_EQ(10U, sent(1000, 2));
	world.pass(1h);
	EXPECT_EQ(50U, sent(1000, 2));
	EXPECT_EQ(4U, world.dropped(RelayDrop::Rate));
	EXPECT_FALSE(one.paused) << "a little too much is only lost";
}

TEST(RelayTest, aMemberHasFourPairsRateForAllItsPairsTogether)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(100'000)}};
	FakeEnd one;
	world.connect(1, one);
	std::vector<FakeEnd> others(10);
	for (unsigned i = 0; i < others.size(); ++i)
		world.connect(100 + i, others[i]);
	const auto sent = [&]
	{
		std::size_t count = 0;
		for (unsigned i = 0; i < others.size(); ++i)
			while (world.send(one, world.key(100 + i), dtls(1000)).to)
				++count;
		return count;
	};
	EXPECT_EQ(4 * 50U, sent()) << "half a second's worth at once";
	world.pass(100ms);
	EXPECT_EQ(4 * 10U, sent());
	EXPECT_TRUE(world.send(others[0], world.key(101)).to) << "others have a rate of their own";
}

TEST(RelayTest, aSmallRateLetsAWindowThrough)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(1)}};
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	EXPECT_TRUE(world.send(one, world.key(2), dtls(1500)).to);
}

TEST(RelayTest, withoutARateNothingIsTooMuch)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(0)}};
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	for (int i = 0; i < 10'000; ++i)
		ASSERT_TRUE(world.send(one, world.key(2)).to);
	for (int i = 0; i < 1000; ++i)
		world.send(one, 0);
	EXPECT_TRUE(one.paused) << "what goes nowhere is still in vain";
}

TEST(RelayTest, whoSendsFarTooMuchIsNotReadForAWhile)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(1'000'000)}};
	FakeEnd one;
	FakeEnd two;
	world.connect(1, one);
	world.connect(2, two);
	const auto untilPaused = [&]
	{
		std::size_t count = 0;
		for (; !one.paused && count < 100'000; ++count)
			world.send(one, world.key(2), dtls(1000));
		return count;
	};
	EXPECT_EQ(500U + 263U, untilPaused()) << "the burst, and 256 KiB in vain";
	const TimePoint paused = world.now;
	EXPECT_EQ(1U, world.relay.counters().paused);
	world.send(one, world.key(2));
	EXPECT_EQ(1U, world.relay.counters().paused) << "what was read already is judged as ever";
	world.pass(world.relay.nextDeadline() - world.now);
	EXPECT_FALSE(one.paused);
	EXPECT_EQ(263ms, world.now - paused);
	EXPECT_EQ(&two, world.send(one, world.key(2)).to);
	EXPECT_FALSE(one.closed);
}

TEST(RelayTest, aPauseIsNotEscapedByANewConnection)
{
	RelayWorld world;
	FakeEnd one;
	const auto ticket = world.arrive(1);
	world.open(ticket, one);
	while (!one.paused)
		world.send(one, 0);
	FakeEnd again;
	world.open(ticket, again);
	EXPECT_TRUE(again.paused);
	EXPECT_EQ(2U, world.relay.counters().paused);
	world.close(again);
	EXPECT_EQ(NEVER, world.relay.nextDeadline());
	world.pass(1s);
	FakeEnd later;
	world.open(ticket, later);
	EXPECT_FALSE(later.paused);
}

TEST(RelayTest, manyPeersAtOnceDoNotMakeManyRates)
{
	RelayWorld world{{.pair = RelayLimits::pairRate(10'000'000)}};
	FakeEnd one;
	world.connect(1, one);
	std::vector<FakeEnd> others(MAX_PAIRS + 10);
	for (unsigned i = 0; i < others.size(); ++i)
		world.connect(100 + i, others[i]);
	std::size_t passed = 0;
	for (unsigned i = 0; i < others.size(); ++i)
		passed += world.send(one, world.key(100 + i)).to != nullptr;
	EXPECT_EQ(MAX_PAIRS, passed) << "nobody is forgotten to whom something was sent just now";
	EXPECT_EQ(10U, world.dropped(RelayDrop::Pairs));
	world.pass(1s);
	for (unsigned i = 0; i < others.size(); ++i)
	{
		EXPECT_TRUE(world.send(one, world.key(100 + i)).to) << i;
		world.pass(1ms);
	}
}

}

}
