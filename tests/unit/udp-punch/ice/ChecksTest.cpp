// Checks: when they go, to whom, and what becomes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/Timing.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::ElementsAre;

/// Both see each other under these addresses.
void oneEach(World& world)
{
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
}

bool linked(World& world, Duration longest = 2s)
{
	return world.runUntil([&] { return world.bothSelected(); }, longest);
}

}

TEST(IceChecks, WithoutAnAnswerGoOutAsTheRfcSaysAndFail)
{
	World world;
	oneEach(world);
	std::vector<Duration> moments;
	const auto begun = world.now;
	world.passes = [&](Datagram& datagram)
	{
		if (datagram.source == at("192.0.2.1:1000"))
			moments.push_back(world.now - begun);
		return false;
	};
	world.introduce();
	world.run(39499ms);
	EXPECT_THAT(moments, ElementsAre(0s, 500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms));
	EXPECT_TRUE(world.alice.events.empty());
	world.run(1ms);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Failed));
	EXPECT_THAT(world.bob.events, ElementsAre(Event::Failed));
	EXPECT_EQ(world.alice.agent().explain(), "1 pair of addresses tried, no answer");
	EXPECT_EQ(world.alice.agent().nextDeadline(), NEVER);
	world.run(1h);
	EXPECT_EQ(moments.size(), 7U);
	EXPECT_EQ(world.alice.events.size(), 1U);
}

TEST(IceChecks, AreNotOverBeforeTheEndOfCandidates)
{
	World world;
	oneEach(world);
	world.passes = [](Datagram&) { return false; };
	world.introduce(false);
	world.run(100s);
	EXPECT_TRUE(world.alice.events.empty());
	world.alice.agent().remoteDone(world.now);
	world.run(0s);
	EXPECT_THAT(world.alice.events, ElementsAre(Event::Failed));
}

TEST(IceChecks, WithoutAnyCandidateItWaitsForThePeersOwnChecks)
{
	World world;
	oneEach(world);
	world.bob.lines.clear(); // a browser that hides its addresses
	world.introduce();
	ASSERT_TRUE(linked(world)) << "the peer's checks made it a peer-reflexive candidate";
	EXPECT_EQ(world.alice.agent().selected()->remoteType, CandidateType::PeerReflexive);

	World deaf;
	oneEach(deaf);
	deaf.tell(deaf.alice, Host{deaf, Role::Controlled, 3});
	deaf.run(39s);
	EXPECT_TRUE(deaf.alice.events.empty());
	deaf.run(1s);
	EXPECT_THAT(deaf.alice.events, ElementsAre(Event::Failed));
	EXPECT_EQ(deaf.alice.agent().explain(), "the peer has named no address that may be used");
}

TEST(IceChecks, ThatComeBeforeTheDescriptionAreAnsweredAndRemembered)
{
	World world;
	oneEach(world);
	world.tell(world.bob, world.alice);
	world.run(200ms);
	EXPECT_FALSE(world.alice.agent().selected());
	EXPECT_GE(world.alice.sent, 1U) << "the answer";
	EXPECT_TRUE(world.bob.agent().valid()) << "it may send, though nothing is nominated";
	EXPECT_FALSE(world.bob.agent().selected());
	EXPECT_EQ(world.alice.agent().explain(), "the peer's description has not come");
	// The candidates come later still: what was remembered is enough.
	world.alice.agent().setRemote(world.bob.agent().local(), world.now);
	ASSERT_TRUE(linked(world, 75ms));
}

TEST(IceChecks, ACandidateThatTricklesLateIsCheckedAtOnce)
{
	World world;
	oneEach(world);
	// Nothing that Bob sends unasked arrives before Alice has sent.
	world.bob.nat = std::make_unique<Nat>();
	world.bob.nat->address = at("203.0.113.2:1");
	world.bob.lines.clear();
	world.alice.nat = std::make_unique<Nat>();
	world.alice.nat->address = at("203.0.113.1:1");
	world.alice.reflexive(*world.alice.ports.front());
	world.introduce(false);
	world.run(20s);
	EXPECT_FALSE(world.alice.agent().selected());
	world.alice.agent().addRemote(world.bob.reflexive(*world.bob.ports.front()), world.now);
	EXPECT_TRUE(linked(world, 2s)) << world.alice.agent().explain();
}

TEST(IceChecks, ManyPairsArePacedAfterABurst)
{
	World world;
	oneEach(world);
	std::vector<Duration> moments;
	const auto begun = world.now;
	world.passes = [&](Datagram&)
	{
		moments.push_back(world.now - begun);
		return false;
	};
	world.alice.agent().setRemote({"peer", "password-of-the-peer-01"}, world.now);
	for (int i = 0; i < 10; ++i)
		world.alice.agent().addRemote(line("198.51.100.7:" + std::to_string(6000 + i), CandidateType::Host,
										  1000 + static_cast<std::uint32_t>(i), std::to_string(i)),
			world.now);
	world.run(200ms);
	EXPECT_THAT(moments, ElementsAre(0s, 0s, 0s, 0s, 0s, 0s, 50ms, 100ms, 150ms, 200ms));
}

TEST(IceChecks, EqualFoundationsTakeTurnsButDelayNothing)
{
	World world;
	oneEach(world);
	std::vector<Endpoint> targets;
	world.passes = [&](Datagram& datagram)
	{
		targets.push_back(datagram.target);
		return false;
	};
	auto& agent = world.alice.agent();
	agent.addRemote(line("198.51.100.7:1", CandidateType::Host, 30, "same"), world.now);
	agent.addRemote(line("198.51.100.7:2", CandidateType::Host, 20, "same"), world.now);
	agent.addRemote(line("198.51.100.7:3", CandidateType::Host, 10, "other"), world.now);
	agent.setRemote({"peer", "password-of-the-peer-01"}, world.now);
	world.run(0s);
	EXPECT_THAT(targets, ElementsAre(at("198.51.100.7:1"), at("198.51.100.7:3"), at("198.51.100.7:2")));
}

TEST(IceChecks, TheBetterPairIsTakenWhenItAnswersLater)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	auto& port = world.bob.open({"192.0.2.2:2000"});
	// The same host behind another name, which answers first.
	world.bob.addresses[&port].push_back(at("198.51.100.2:2000"));
	world.bob.lines.push_back(line("198.51.100.2:2000", CandidateType::ServerReflexive, 500, "9"));
	bool slow = true;
	world.passes = [&](Datagram& datagram)
	{ return !slow || (datagram.target != at("192.0.2.2:2000") && datagram.source != at("192.0.2.2:2000")); };
	world.introduce();
	ASSERT_TRUE(linked(world));
	EXPECT_EQ(world.alice.agent().selected()->path.remote, at("198.51.100.2:2000"));
	slow = false;
	world.run(3s);
	EXPECT_EQ(world.alice.agent().selected()->path.remote, at("192.0.2.2:2000"));
	EXPECT_EQ(world.bob.agent().selected()->path.local, at("192.0.2.2:2000"));
}

TEST(IceChecks, EitherFamilyAloneIsEnough)
{
	for (const bool six : {true, false})
	{
		World world;
		world.alice.open({"192.0.2.1:1000"});
		world.alice.open({"[2001:db8::1]:1000"});
		world.bob.open({"192.0.2.2:2000"});
		world.bob.open({"[2001:db8::2]:2000"});
		world.passes = [&](Datagram& datagram) { return six == datagram.target.isV6(); };
		world.introduce();
		ASSERT_TRUE(linked(world, 200ms));
		EXPECT_EQ(world.alice.agent().selected()->path.remote.isV6(), six);
		EXPECT_EQ(world.bob.agent().selected()->path.remote.isV6(), six);
	}
}

TEST(IceChecks, OfAHostWithSeveralAddressesOnOnePort)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000", "198.51.100.2:2000"});
	world.introduce();
	ASSERT_TRUE(linked(world));
	// What Bob's kernel prefers, and what Alice has chosen, agree at last.
	world.run(1s);
	EXPECT_EQ(world.bob.agent().selected()->path.local, world.alice.agent().selected()->path.remote);
	// The way by that address dies; the other is known.
	const auto before = world.bob.agent().selected()->path.local;
	world.passes = [&](Datagram& datagram) { return datagram.source != before && datagram.target != before; };
	world.run(4s);
	EXPECT_NE(world.alice.agent().selected()->path.remote, before);
	EXPECT_EQ(world.bob.agent().selected()->path.local, world.alice.agent().selected()->path.remote);
}

TEST(IceChecks, TheKernelsChoiceMayChange)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	auto& port = world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	ASSERT_TRUE(linked(world));
	const auto line = world.bob.lines.front();
	world.bob.addresses[&port] = {at("198.51.100.2:2000")}; // another lease
	const auto withdrawn = world.bob.agent().removeLocal(
		{CandidateType::Host, line.endpoint, line.endpoint, &port, ""}, world.now);
	EXPECT_EQ(withdrawn, line);
	const auto told = world.bob.agent().addLocal(
		{CandidateType::Host, at("198.51.100.2:2000"), at("198.51.100.2:2000"), &port, ""}, world.now);
	ASSERT_TRUE(told);
	world.alice.agent().removeRemote(*withdrawn, world.now);
	world.alice.agent().addRemote(*told, world.now);
	world.run(5s);
	EXPECT_EQ(world.alice.agent().selected()->path.remote, at("198.51.100.2:2000"));
	EXPECT_EQ(world.bob.agent().selected()->path.local, at("198.51.100.2:2000"));
	EXPECT_EQ(world.alice.count(Event::Failed), 0U);
}

TEST(IceChecks, OfAPortThatGoesAreForgotten)
{
	World world;
	auto& gone = world.alice.open({"192.0.2.1:1000"});
	world.alice.open({"198.51.100.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	ASSERT_TRUE(linked(world));
	ASSERT_EQ(world.alice.agent().selected()->path.port, &gone);
	world.run(1s);
	world.alice.agent().removePort(gone, world.now);
	world.alice.ports.erase(world.alice.ports.begin());
	world.run(5s);
	ASSERT_TRUE(world.alice.agent().selected());
	EXPECT_EQ(world.alice.agent().selected()->path.local, at("198.51.100.1:1000"));
	EXPECT_EQ(world.bob.agent().selected()->path.remote, at("198.51.100.1:1000"));
}

}
