// Two machines over a bad network and NATs, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/udp-plain/Sim.h"

using namespace gimlet;
using namespace gimlet::udp_plain;
using test::Network;
using test::Sim;
using test::SimNode;

namespace
{

std::vector<std::string> ids(const std::vector<ChatMessage>& messages)
{
	std::vector<std::string> result;
	for (const auto& message : messages)
		result.push_back(message.id);
	return result;
}

std::vector<std::string> numbered(int count)
{
	std::vector<std::string> result;
	for (int i = 0; i < count; ++i)
		result.push_back("message-" + std::to_string(i));
	return result;
}

/// Gives messages to the machine as the core does: in order, and again when it says that there is room.
class Feeder
{
public:
	Feeder(Sim& sim, SimNode& node, std::vector<std::string> messages) :
		_sim(sim), _node(node), _messages(std::move(messages))
	{
	}

	void feed()
	{
		while (_next < _messages.size() && _sim.send(_node, _messages[_next]) == SendResult::Sent)
			++_next;
	}

	/// Lets time pass until all are acknowledged.
	bool finish(Duration longest)
	{
		return _sim.runUntil(
			[this]
			{
				if (std::exchange(_seen, _node.writable) != _node.writable || _next == 0)
					feed();
				return _node.acknowledged.size() >= _messages.size();
			},
			longest);
	}

private:
	Sim& _sim;
	SimNode& _node;
	std::vector<std::string> _messages;
	std::size_t _next = 0;
	unsigned _seen = 0;
};

}

TEST(PlainPair, LinksThroughTwoNatsInOneExchange)
{
	Sim sim({});
	sim.offer();
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 1s));
	sim.run(1s);
	const auto status = sim.alice.machine().status(sim.now(), WallTime{0});
	EXPECT_EQ(status.reason, "the peer answers");
	EXPECT_EQ(status.remote, sim.bob.nat.mapped);
	ASSERT_TRUE(status.roundTrip);
	EXPECT_EQ(*status.roundTrip, 40ms);
	EXPECT_TRUE(status.acknowledges);
	EXPECT_FALSE(status.encrypted);
	EXPECT_EQ(sim.alice.states, (std::vector{LinkState::Attempted, LinkState::Up}));
}

TEST(PlainPair, AQuietLinkStaysUpForAnHourOnFewDatagrams)
{
	Sim sim({});
	sim.offer();
	sim.run(1h);
	EXPECT_EQ(sim.alice.states, (std::vector{LinkState::Attempted, LinkState::Up}));
	EXPECT_EQ(sim.bob.states, (std::vector{LinkState::Attempted, LinkState::Up}));
	// A keepalive and an answer each 15 s, and the few of the beginning.
	EXPECT_LE(sim.alice.datagramsSent, 2U * 240U + 20U);
}

TEST(PlainPair, MessagesArriveOnceAndInOrderOverABadNetwork)
{
	for (std::uint64_t seed = 1; seed <= 20; ++seed)
	{
		SCOPED_TRACE("seed " + std::to_string(seed));
		Sim sim({.seed = seed, .loss = 0.25, .duplication = 0.2, .jitter = 400ms});
		sim.offer();
		ASSERT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 5min));
		const auto messages = numbered(100);
		Feeder feeder(sim, sim.alice, messages);
		ASSERT_TRUE(feeder.finish(30min));
		EXPECT_EQ(ids(sim.bob.received), messages);
	}
}

TEST(PlainPair, ALostDatagramIsNotALostMessage)
{
	Sim sim({});
	sim.offer();
	ASSERT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 1s));
	sim.run(1s);
	sim.bob.nat.cut = true;
	EXPECT_EQ(sim.send(sim.alice, "a"), SendResult::Sent);
	sim.run(400ms);
	sim.bob.nat.cut = false;
	EXPECT_TRUE(sim.runUntil([&] { return !sim.alice.acknowledged.empty(); }, 1s));
	EXPECT_EQ(ids(sim.bob.received), std::vector<std::string>{"a"});
	EXPECT_GE(sim.alice.machine().counters().retransmissions, 1U);
}

TEST(PlainPair, TheWindowIsBoundedAndSaysWhenThereIsRoom)
{
	Sim sim({});
	sim.offer();
	sim.run(1s);
	for (std::size_t i = 0; i < WINDOW; ++i)
		EXPECT_EQ(sim.send(sim.alice, std::to_string(i)), SendResult::Sent);
	EXPECT_EQ(sim.send(sim.alice, "one too many"), SendResult::Congested);
	EXPECT_EQ(sim.send(sim.alice, "3"), SendResult::Sent) << "it is under way already";
	EXPECT_EQ(sim.alice.writable, 0U);
	sim.run(100ms);
	EXPECT_EQ(sim.alice.writable, 1U);
	EXPECT_EQ(sim.bob.received.size(), WINDOW);
	EXPECT_EQ(sim.send(sim.alice, "one too many"), SendResult::Sent);
}

TEST(PlainPair, AMappingThatIsForgottenIsRecoveredFromWithinTwentySeconds)
{
	// Whenever in the keepalive's interval it happens.
	for (auto moment = 1s; moment <= 16s; moment += 1s)
	{
		SCOPED_TRACE(moment.count());
		Sim sim({});
		sim.offer();
		sim.run(60s + moment);
		ASSERT_TRUE(sim.bothUp());
		sim.alice.nat.forget();
		const auto forgotten = sim.now();
		// Until alice's next keepalive nobody can know.
		const auto recovered = [&]
		{
			return sim.bothUp() && sim.bob.machine().status(sim.now(), {}).remote == sim.alice.nat.mapped &&
				   *sim.alice.machine().lastHeard() > forgotten + 100ms &&
				   *sim.bob.machine().lastHeard() > forgotten + 100ms;
		};
		EXPECT_TRUE(sim.runUntil(recovered, 20s));
		EXPECT_EQ(sim.send(sim.alice, "after"), SendResult::Sent);
		EXPECT_EQ(sim.send(sim.bob, "too"), SendResult::Sent);
		sim.run(1s);
		EXPECT_EQ(ids(sim.bob.received), std::vector<std::string>{"after"});
		EXPECT_EQ(ids(sim.alice.received), std::vector<std::string>{"too"});
	}
}

TEST(PlainPair, AMappingForgottenWhileThereIsChatIsNoticedByTheChat)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.alice.nat.forget();
	sim.run(200ms);
	EXPECT_EQ(sim.send(sim.alice, "a"), SendResult::Sent);
	EXPECT_TRUE(sim.runUntil([&] { return sim.alice.acknowledged.size() == 1; }, 12s));
}

TEST(PlainPair, AMappingForgottenButPortPreservedNeedsNobody)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.rendezvous = false;
	sim.alice.nat.allowed.clear();
	sim.run(20s);
	EXPECT_TRUE(sim.bothUp());
	EXPECT_EQ(sim.alice.states, (std::vector{LinkState::Attempted, LinkState::Up}));
}

TEST(PlainPair, APeerIsFollowedToAnotherPortWithoutTheRendezvous)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.rendezvous = false;
	sim.alice.nat.forget();
	// bob's NAT filters by address only: alice's new port gets through.
	sim.bob.nat.allowed.insert(sim.alice.nat.mapped);
	EXPECT_TRUE(sim.runUntil(
		[&] { return sim.bob.machine().status(sim.now(), {}).remote == sim.alice.nat.mapped; }, 20s));
	EXPECT_TRUE(sim.bothUp());
}

TEST(PlainPair, ASilentLinkIsLostAfterAMinuteAndComesBackByItself)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.rendezvous = false;
	sim.alice.nat.cut = true;
	sim.run(90s);
	EXPECT_EQ(sim.alice.states,
		(std::vector{LinkState::Attempted, LinkState::Up, LinkState::Silent, LinkState::Lost}));
	EXPECT_EQ(sim.send(sim.alice, "x"), SendResult::NotLinked);
	sim.alice.nat.cut = false;
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 16s));
}

TEST(PlainPair, ALostPeerIsKnockedAtForTenMinutesAndNoLonger)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.rendezvous = false;
	sim.alice.nat.cut = true;
	sim.run(11min);
	const auto sent = sim.alice.datagramsSent;
	sim.run(1h);
	EXPECT_EQ(sim.alice.machine().state(), LinkState::Lost);
	EXPECT_EQ(sim.alice.datagramsSent, sent);
	EXPECT_GT(sim.alice.signalsWanted, 60U) << "it is in the room: the peer is still asked by signaling";
}

TEST(PlainPair, AnOfferRevivesALostLink)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.rendezvous = false;
	sim.alice.nat.cut = true;
	sim.run(30min);
	EXPECT_EQ(sim.alice.machine().state(), LinkState::Lost);
	sim.alice.nat.cut = false;
	sim.rendezvous = true;
	sim.offer();
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 1s));
}

TEST(PlainPair, MessagesOfASilentLinkWaitAndArriveOnce)
{
	Sim sim({});
	sim.offer();
	sim.run(61s);
	sim.alice.nat.cut = true;
	EXPECT_EQ(sim.send(sim.alice, "a"), SendResult::Sent);
	EXPECT_TRUE(sim.runUntil([&] { return sim.alice.machine().state() == LinkState::Silent; }, 20s));
	EXPECT_EQ(sim.send(sim.alice, "b"), SendResult::Congested);
	const auto retransmissions = sim.alice.machine().counters().retransmissions;
	sim.run(10s);
	EXPECT_EQ(sim.alice.machine().counters().retransmissions, retransmissions) << "only while up";
	sim.alice.nat.cut = false;
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp() && sim.alice.writable > 0; }, 10s));
	EXPECT_EQ(sim.send(sim.alice, "b"), SendResult::Sent);
	sim.run(5s);
	EXPECT_EQ(ids(sim.bob.received), (std::vector<std::string>{"a", "b"}));
}

TEST(PlainPair, AnUnreachablePeerIsTriedAgainByAgreementOfBoth)
{
	Sim sim({});
	sim.bob.nat.cut = true;
	sim.offer();
	sim.run(5min);
	EXPECT_EQ(sim.alice.machine().state(), LinkState::Attempted);
	sim.bob.nat.cut = false;
	EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 45s));
}

TEST(PlainPair, TwoThatTakeEachOtherForTheFirstVersionFindOutByTheirFirstMessage)
{
	Sim sim({});
	sim.offer(false);
	sim.run(10s);
	ASSERT_TRUE(sim.bothUp());
	EXPECT_FALSE(sim.alice.machine().ours());
	EXPECT_LE(sim.alice.datagramsSent, 6U) << "they must not answer each other's punches for ever";
	EXPECT_EQ(sim.send(sim.alice, "a"), SendResult::Sent);
	sim.run(1s);
	EXPECT_EQ(ids(sim.bob.received), std::vector<std::string>{"a"});
	EXPECT_EQ(sim.alice.acknowledged, std::set<std::string>{"a"});
	EXPECT_TRUE(sim.alice.machine().ours());
	EXPECT_TRUE(sim.bob.machine().ours());
}

TEST(PlainPair, AManyTimesRebornNetworkNeverEndsInAStuckLink)
{
	for (std::uint64_t seed = 1; seed <= 40; ++seed)
	{
		SCOPED_TRACE("seed " + std::to_string(seed));
		Sim sim({.seed = seed, .loss = 0.1, .duplication = 0.1, .jitter = 100ms});
		std::mt19937_64 random(seed);
		sim.offer();
		for (int i = 0; i < 20; ++i)
		{
			sim.run(std::chrono::milliseconds{random() % 40'000});
			auto& node = random() % 2 ? sim.alice : sim.bob;
			if (random() % 3 == 0)
				node.nat.cut = !node.nat.cut;
			else
				node.nat.forget();
		}
		sim.alice.nat.cut = sim.bob.nat.cut = false;
		// Discovery's own refresh tells what no silence told.
		for (auto* node : {&sim.alice, &sim.bob})
		{
			node->nat.rendezvousDead = false;
			node->registeredAgain = NEVER;
			node->announced = node->nat.mapped;
			node->machine().onOwnAddressesChanged(sim.now());
		}
		sim.offer();
		EXPECT_TRUE(sim.runUntil([&] { return sim.bothUp(); }, 60s));
		const auto messages = numbered(20);
		Feeder feeder(sim, sim.bob, messages);
		EXPECT_TRUE(feeder.finish(5min));
		EXPECT_EQ(ids(sim.alice.received), messages);
	}
}
