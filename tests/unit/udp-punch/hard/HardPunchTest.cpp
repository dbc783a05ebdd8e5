#include "plugins/transport/udp-punch/hard/HardPunch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "plugins/transport/udp-punch/hard/HardTiming.h"

using namespace gimlet;
using namespace gimlet::udp_punch;
using namespace gimlet::udp_punch::hard;
using namespace std::chrono_literals;

namespace
{

const auto HERE = *Endpoint::parseAddress("203.0.113.1", 0);
const auto THERE = *Endpoint::parseAddress("203.0.113.2", 0);
const auto VICTIM = *Endpoint::parseAddress("198.51.100.9", 0);

NatBehaviour easy(const Endpoint& address)
{
	NatBehaviour nat;
	nat.mapping = MappingBehaviour::EndpointIndependent;
	nat.address = address;
	return nat;
}

NatBehaviour random(const Endpoint& address)
{
	NatBehaviour nat;
	nat.mapping = MappingBehaviour::AddressDependent;
	nat.assignment = PortAssignment::Random;
	nat.ports = {20'000, 51'000, 3'000, 44'000};
	nat.address = address;
	return nat;
}

NatBehaviour sequential(const Endpoint& address)
{
	auto nat = random(address);
	nat.assignment = PortAssignment::Sequential;
	nat.step = 1;
	nat.ports = {4'000, 4'001};
	return nat;
}

/// One side, and everything that it wants.
struct Side
{
	Side(const NatBehaviour& own, const NatBehaviour& peer, bool leads = true, Budget budget = {}) :
		punch(
			budget,
			[engine = std::mt19937{7}](std::uint32_t bound) mutable
			{ return std::uint32_t(engine() % bound); },
			leads)
	{
		punch.setOwn(own, now);
		punch.onPunch({.nat = peer}, now);
		punch.setTargets({peer.address.withPort(7000)}, {peer.address});
	}

	/// Lets time pass in the machine's own steps; Begin is answered as the node would.
	void run(Duration duration)
	{
		const auto end = now + duration;
		serve();
		while (punch.nextDeadline() <= end)
		{
			now = std::max(now, punch.nextDeadline());
			punch.onTimer(now);
			serve();
		}
		now = end;
	}

	void serve()
	{
		while (const auto action = punch.poll())
		{
			if (const auto* begin = std::get_if<Begin>(&*action))
			{
				wanted.push_back(begin->ports);
				if (free)
					punch.begun(std::min(begin->ports, available), now);
				else
					punch.busy(now);
			}
			else if (const auto* shot = std::get_if<Shot>(&*action))
				shots.push_back(*shot);
			else if (const auto* said = std::get_if<Punch>(&*action))
				says.push_back(*said);
			else if (std::holds_alternative<End>(*action))
				++ends;
			else
				++samples;
		}
	}

	TimePoint now{1h};
	HardPunch punch;
	bool free = true;
	std::size_t available = 1024;
	std::vector<std::size_t> wanted;
	std::vector<Shot> shots;
	std::vector<Punch> says;
	int ends = 0;
	int samples = 0;
};

}

TEST(HardPunchRole, FollowsFromBothNats)
{
	const auto cone = easy(HERE);
	const auto any = random(HERE);
	const auto next = sequential(HERE);
	const auto unknown = NatBehaviour{};
	EXPECT_EQ(roleOf(cone, cone), Role::None);
	EXPECT_EQ(roleOf(unknown, unknown), Role::None);
	EXPECT_EQ(roleOf(any, cone), Role::Many);
	EXPECT_EQ(roleOf(any, unknown), Role::Many) << "what is not known to be hard is met like what is easy";
	EXPECT_EQ(roleOf(cone, any), Role::Probe);
	EXPECT_EQ(roleOf(next, cone), Role::Many);
	EXPECT_EQ(roleOf(next, next), Role::Meet);
	EXPECT_EQ(roleOf(any, any), Role::Hopeless);
	EXPECT_EQ(roleOf(next, any), Role::Probe);
	EXPECT_EQ(roleOf(any, next), Role::Many);
}

TEST(HardPunchMany, EachSocketShootsAtTheOneAddressAndThenThePeerIsTold)
{
	Side side{random(HERE), easy(THERE)};
	side.punch.need(side.now);
	side.run(PATIENCE - 1ms);
	EXPECT_TRUE(side.wanted.empty()) << "plain checks are left alone for a while";
	side.run(200ms);
	ASSERT_THAT(side.wanted, testing::ElementsAre(256U));
	ASSERT_EQ(side.shots.size(), 256U);
	std::set<std::size_t> ports;
	for (const auto& shot : side.shots)
	{
		ports.insert(*shot.port);
		EXPECT_EQ(shot.remote, THERE.withPort(7000));
		EXPECT_EQ(shot.hops, FEW_HOPS) << "they open this side's NATs and need not arrive";
	}
	EXPECT_EQ(ports.size(), 256U);
	ASSERT_EQ(side.says.size(), 1U);
	EXPECT_EQ(side.says[0].step, Punch::Step::Ready);
	EXPECT_EQ(side.says[0].nat.assignment, PortAssignment::Random);
	side.run(ROUND);
	EXPECT_EQ(side.ends, 1);
	EXPECT_FALSE(side.punch.working());
}

TEST(HardPunchMany, ANatWithFewPortsIsSparedAndASequenceNeedsFew)
{
	auto block = random(HERE);
	block.ports = {40'000, 40'030, 40'010, 40'063};
	Side small{block, easy(THERE)};
	small.punch.need(small.now);
	small.run(2s);
	EXPECT_THAT(small.wanted, testing::ElementsAre(BLOCK_SOCKETS));
	Side next{sequential(HERE), easy(THERE)};
	next.punch.need(next.now);
	next.run(3s);
	EXPECT_THAT(next.wanted, testing::ElementsAre(SEQUENCE_SOCKETS));
	EXPECT_EQ(next.samples, 1) << "a fresh look first";
}

TEST(HardPunchMany, StopsAtOnceWhenThereIsADirectPath)
{
	Side side{random(HERE), easy(THERE)};
	side.punch.need(side.now);
	side.run(2s);
	side.punch.satisfied(side.now);
	side.run(60s);
	EXPECT_EQ(side.ends, 1);
	EXPECT_EQ(side.shots.size(), 256U);
	EXPECT_EQ(side.punch.nextDeadline(), NEVER);
}

TEST(HardPunchMany, TriesAgainEverMoreRarely)
{
	Side side{random(HERE), easy(THERE)};
	side.punch.need(side.now);
	side.run(30min);
	EXPECT_GE(side.punch.rounds(), 6U);
	EXPECT_LE(side.punch.rounds(), 12U);
}

TEST(HardPunchMany, WhatHasWorkedBeforeIsBegunBeforeThePlainChecksHaveHadTheirTime)
{
	for (const bool known : {false, true})
	{
		Side side{random(HERE), easy(THERE)};
		if (known)
			side.punch.expectSuccess();
		side.punch.need(side.now);
		side.run(PATIENCE_WHEN_KNOWN);
		EXPECT_EQ(side.shots.empty(), !known);
		side.run(PATIENCE);
		EXPECT_FALSE(side.shots.empty());
	}
}

TEST(HardPunchMany, WaitsForItsTurn)
{
	Side side{random(HERE), easy(THERE)};
	side.free = false;
	side.punch.need(side.now);
	side.run(20s);
	EXPECT_TRUE(side.shots.empty());
	EXPECT_GE(side.wanted.size(), 2U);
	EXPECT_EQ(side.ends, 0);
	side.free = true;
	side.run(10s);
	EXPECT_GE(side.shots.size(), 256U);
}

TEST(HardPunchProbe, ShootsAtManyPortsWhenThePeerIsReadyWithinItsBudget)
{
	Side side{easy(HERE), random(THERE)};
	side.punch.need(side.now);
	side.run(5s);
	EXPECT_TRUE(side.shots.empty()) << "before the peer's mappings are there nothing can be hit";
	side.punch.onPunch({.step = Punch::Step::Ready, .round = 1, .nat = random(THERE)}, side.now);
	side.run(1s);
	EXPECT_NEAR(double(side.shots.size()), 150, 10) << "100 a second, growing";
	side.run(20s);
	EXPECT_EQ(side.shots.size(), 1750U);
	std::set<std::uint16_t> ports;
	for (const auto& shot : side.shots)
	{
		EXPECT_TRUE(shot.remote.sameAddress(THERE));
		EXPECT_FALSE(shot.port);
		ports.insert(shot.remote.port());
	}
	EXPECT_EQ(ports.size(), 1750U);
	EXPECT_EQ(side.ends, 1);
}

TEST(HardPunchProbe, NeverShootsWhereSignalingHasNotSeenThePeer)
{
	Side side{easy(HERE), random(VICTIM)};
	side.punch.setTargets({VICTIM.withPort(7000)}, {});
	side.punch.need(side.now);
	side.punch.onPunch({.step = Punch::Step::Ready, .round = 1, .nat = random(VICTIM)}, side.now);
	side.run(20s);
	EXPECT_TRUE(side.shots.empty());
	// A peer that names somebody else is shot at where it is.
	side.punch.setTargets({VICTIM.withPort(7000)}, {THERE});
	side.punch.onPunch({.step = Punch::Step::Ready, .round = 2, .nat = random(VICTIM)}, side.now);
	side.run(20s);
	ASSERT_FALSE(side.shots.empty());
	for (const auto& shot : side.shots)
		EXPECT_TRUE(shot.remote.sameAddress(THERE)) << shot.remote.toString();
}

TEST(HardPunchProbe, UnaskedWordsBringNoShots)
{
	Side side{easy(HERE), random(THERE)};
	side.punch.onPunch({.step = Punch::Step::Ready, .round = 1, .nat = random(THERE)}, side.now);
	side.run(20s);
	EXPECT_TRUE(side.shots.empty()) << "there is a direct path";
	// However often it is said, one round at a time goes out.
	side.punch.need(side.now);
	for (std::uint32_t round = 1; round < 100; ++round)
	{
		side.punch.onPunch({.step = Punch::Step::Ready, .round = round, .nat = random(THERE)}, side.now);
		side.run(100ms);
	}
	EXPECT_LE(side.shots.size(), 1750U);
}

TEST(HardPunchMeet, BothShootAtThePortThatLiesAhead)
{
	Side leader{sequential(HERE), sequential(THERE), true};
	Side other{sequential(THERE), sequential(HERE), false};
	leader.punch.need(leader.now);
	other.punch.need(other.now);
	leader.run(PATIENCE + SAMPLING + 10ms);
	other.run(PATIENCE + SAMPLING + 10ms);
	ASSERT_EQ(leader.says.size(), 1U);
	EXPECT_EQ(leader.says[0].step, Punch::Step::Propose);
	EXPECT_TRUE(leader.shots.empty());
	EXPECT_TRUE(other.says.empty()) << "one of the two leads";
	other.punch.onPunch(leader.says[0], other.now);
	other.run(SAMPLING + 10ms);
	ASSERT_EQ(other.says.size(), 1U);
	EXPECT_EQ(other.says[0].step, Punch::Step::Ready);
	EXPECT_EQ(other.shots.size(), SEQUENCE_SOCKETS);
	leader.punch.onPunch(other.says[0], leader.now);
	leader.run(10ms);
	ASSERT_GE(leader.shots.size(), SEQUENCE_SOCKETS);
	EXPECT_EQ(leader.shots[0].remote, THERE.withPort(4001 + AHEAD));
	EXPECT_EQ(other.shots[0].remote, HERE.withPort(4001 + AHEAD));
	leader.run(1s);
	EXPECT_GE(leader.shots.size(), 4 * SEQUENCE_SOCKETS) << "again, since the first ones come too early";
	EXPECT_EQ(leader.shots.back().hops, 0U);
}

TEST(HardPunchMeet, EachRoundThatFindsNothingReachesFartherFromWhereTheSequenceIsNow)
{
	Side leader{sequential(HERE), sequential(THERE), true};
	leader.punch.need(leader.now);
	leader.run(PATIENCE + SAMPLING + 10ms);
	ASSERT_EQ(leader.says.size(), 1U);
	EXPECT_EQ(leader.says[0].nat.ports.back(), 4001);
	leader.punch.onPunch({.step = Punch::Step::Ready, .round = 1, .nat = sequential(THERE)}, leader.now);
	leader.run(MEETING + FIRST_PAUSE + SAMPLING + 100ms);
	ASSERT_EQ(leader.says.size(), 2U);
	EXPECT_EQ(leader.says[1].nat.ports.back(), 4001 + SEQUENCE_SOCKETS) << "its own shots have moved it on";
	leader.shots.clear();
	leader.punch.onPunch({.step = Punch::Step::Ready, .round = 2, .nat = sequential(THERE)}, leader.now);
	leader.run(20ms);
	EXPECT_EQ(leader.wanted.back(), 2 * SEQUENCE_SOCKETS);
	ASSERT_FALSE(leader.shots.empty());
	EXPECT_EQ(leader.shots[0].remote, THERE.withPort(4001 + 2 * AHEAD));
	// Discovery has looked anew: nothing of ours lies between.
	auto fresh = sequential(HERE);
	fresh.ports = {9000};
	leader.punch.setOwn(fresh, leader.now);
	leader.run(MEETING + 2 * FIRST_PAUSE + SAMPLING + 100ms);
	EXPECT_EQ(leader.says.back().nat.ports.back(), 9000);
}

TEST(HardPunchExplains, WhatMeetsWhatAndWhatWouldHelp)
{
	Side hopeless{random(HERE), random(THERE)};
	hopeless.punch.need(hopeless.now);
	hopeless.run(60s);
	EXPECT_TRUE(hopeless.shots.empty());
	EXPECT_THAT(hopeless.punch.explain(), testing::HasSubstr("port mapping, IPv6"));
	Side tried{random(HERE), easy(THERE)};
	tried.punch.need(tried.now);
	tried.run(17s);
	EXPECT_THAT(tried.punch.explain(), testing::HasSubstr("1 round with "));
	EXPECT_EQ((Side{easy(HERE), easy(THERE)}.punch.explain()), "");
}

TEST(HardPunchBudget, NoSocketsMeansNoPunch)
{
	Side side{random(HERE), easy(THERE), true, {.sockets = 0}};
	side.punch.need(side.now);
	side.run(60s);
	EXPECT_TRUE(side.wanted.empty());
	EXPECT_EQ(side.punch.role(), Role::None);
}
