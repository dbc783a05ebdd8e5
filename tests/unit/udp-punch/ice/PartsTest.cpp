// The parts that are pure functions or small tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/AddressRules.h"
#include "plugins/transport/udp-punch/ice/Allowance.h"
#include "plugins/transport/udp-punch/ice/Choice.h"
#include "plugins/transport/udp-punch/ice/LocalCandidates.h"
#include "plugins/transport/udp-punch/ice/Pacer.h"
#include "plugins/transport/udp-punch/ice/Priority.h"
#include "plugins/transport/udp-punch/ice/RemoteCandidates.h"
#include "plugins/transport/udp-punch/ice/SendQueue.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::ElementsAre;
using Outcome = RemoteCandidates::Outcome;

Endpoint address(const std::string& text)
{
	return Endpoint::parseAddress(text, 5000).value();
}

}

TEST(IceTiming, IsWhatTheSpecificationsSay)
{
	EXPECT_EQ(Timing::TA, 50ms);
	EXPECT_EQ(Timing::LEAST_RTO, 500ms);
	EXPECT_EQ(Timing::RC, 7U);
	EXPECT_EQ(Timing::RM, 16U);
	EXPECT_EQ(Timing::PATIENCE, 39500ms);
	EXPECT_EQ(Timing::CONSENT_INTERVAL * Timing::LEAST_CONSENT_FACTOR, 4s);
	EXPECT_EQ(Timing::CONSENT_INTERVAL * Timing::MOST_CONSENT_FACTOR, 6s);
	EXPECT_EQ(Agent::Configuration{}.consentExpiry, 30s);
	EXPECT_EQ(Agent::Configuration{}.maxRemoteCandidates, 20U);
	EXPECT_EQ(Agent::Configuration{}.maxPairs, 40U);
	EXPECT_LE(Timing::SILENCE + Timing::DOUBT, 3s);
	EXPECT_GE(Timing::ALLOWANCE, Timing::RC);
}

TEST(IcePriority, IsThatOfTheRfcsFormulas)
{
	EXPECT_EQ(candidatePriority(CandidateType::Host, 65535), 2130706431U);
	EXPECT_EQ(candidatePriority(CandidateType::ServerReflexive, 65535), 1694498815U);
	EXPECT_EQ(candidatePriority(CandidateType::PeerReflexive, 65535), 1862270975U);
	EXPECT_EQ(candidatePriority(CandidateType::Relayed, 65535), 16777215U);
	EXPECT_EQ(pairPriority(2, 1), (1ULL << 32U) + 2 * 2 + 1);
	EXPECT_EQ(pairPriority(1, 2), (1ULL << 32U) + 2 * 2);
	EXPECT_EQ(pairPriority(2130706431U, 1694498815U), 7277816997797167103ULL);
}

TEST(IceCredentialsMaker, TakesFromTheGivenSourceOnlyIceCharacters)
{
	World world;
	const auto random = world.source();
	const auto one = makeCredentials(random);
	EXPECT_THAT(one.ufrag, testing::MatchesRegex("[A-Za-z0-9+/]{8}"));
	EXPECT_THAT(one.pwd, testing::MatchesRegex("[A-Za-z0-9+/]{24}"));
	EXPECT_NE(one, makeCredentials(random));
}

TEST(IceAddressRules, RefuseWhatNobodyMayName)
{
	for (const auto* text : {"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255", "ff02::1",
			 "255.255.255.255", "240.0.0.1", "169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254",
			 "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "127.0.0.1", "127.1.2.3",
			 "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::169.254.169.254", "::127.0.0.1",
			 "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2002:7f00:1::1", "64:ff9b::e000:1"})
		EXPECT_FALSE(mayTarget(address(text), false)) << text;
	for (const auto* text : {"192.0.2.1", "10.0.0.1", "100.64.0.1", "2001:db8::1", "fd00::1",
			 "::ffff:192.0.2.1", "64:ff9b::c000:201", "2002:c000:201::1"})
		EXPECT_TRUE(mayTarget(address(text), false)) << text;
	EXPECT_FALSE(mayTarget(address("192.0.2.1").withPort(0), false));
	EXPECT_FALSE(mayTarget({}, true));
}

TEST(IceAddressRules, LoopbackIsAMatterOfPermission)
{
	EXPECT_TRUE(mayTarget(address("127.0.0.1"), true));
	EXPECT_TRUE(mayTarget(address("::1"), true));
	EXPECT_TRUE(mayTarget(address("::ffff:127.0.0.1"), true));
	EXPECT_FALSE(mayTarget(address("64:ff9b::7f00:1"), true)) << "another machine's, through a translator";
	EXPECT_FALSE(mayTarget(address("169.254.169.254"), true));
}

TEST(IcePacer, LetsABurstThroughAndThenOneEachTa)
{
	Pacer pacer;
	TimePoint now{1h};
	unsigned sent = 0;
	const auto send = [&]
	{
		while (pacer.ready(now))
		{
			pacer.take(now);
			++sent;
		}
	};
	send();
	EXPECT_EQ(sent, Timing::BURST);
	EXPECT_EQ(pacer.nextReady(), now + Timing::TA);
	now += Timing::TA;
	send();
	EXPECT_EQ(sent, Timing::BURST + 1);
	now += 1h;
	send();
	EXPECT_EQ(sent, 2 * Timing::BURST + 1);
}

TEST(IceAllowance, EndsForAnAddressThatDoesNotAnswer)
{
	Allowance allowance;
	const auto one = at("192.0.2.1:1");
	for (unsigned i = 0; i < Timing::ALLOWANCE; ++i)
		EXPECT_TRUE(allowance.take(one));
	EXPECT_FALSE(allowance.take(one));
	EXPECT_TRUE(allowance.take(at("192.0.2.1:2"))) << "another port is another address";
	allowance.confirm(one);
	for (unsigned i = 0; i < 100; ++i)
		EXPECT_TRUE(allowance.take(one));
}

TEST(IceAllowance, IsForAFewAddressesPerGeneration)
{
	Allowance allowance;
	allowance.confirm(at("192.0.2.1:1"));
	std::size_t reached = 0;
	for (std::uint16_t port = 2; port < 1000; ++port)
		reached += allowance.take(at("192.0.2.1:1").withPort(port)) ? 1U : 0U;
	EXPECT_EQ(reached, Timing::MAX_ADDRESSES - 1);
	allowance.renew();
	EXPECT_TRUE(allowance.take(at("192.0.2.1:999")));
	EXPECT_TRUE(allowance.confirmed(at("192.0.2.1:1")));
}

TEST(IceChoice, LeavesAWorkingPairOnlyForAClearlyBetterOne)
{
	using enum CandidateType;
	const Merits direct{Host, Host, 3, 20ms};
	const Merits reflexive{ServerReflexive, ServerReflexive, 2, 20ms};
	const Merits relay{Relayed, Host, 1, 1ms};
	EXPECT_TRUE(clearlyBetter(direct, reflexive));
	EXPECT_FALSE(clearlyBetter(reflexive, direct));
	EXPECT_TRUE(clearlyBetter(reflexive, relay)) << "though the relay is faster";
	EXPECT_FALSE(clearlyBetter(relay, reflexive));
	EXPECT_FALSE(clearlyBetter(Merits(Host, Host, 4, 20ms), direct)) << "a greater number alone is no gain";
	EXPECT_TRUE(clearlyBetter(Merits(Host, Host, 1, 9ms), direct));
	EXPECT_FALSE(clearlyBetter(Merits(Host, Host, 1, 10ms), direct)) << "not clearly";
	EXPECT_FALSE(clearlyBetter(Merits(Host, Host, 1, 170ms), Merits(Host, Host, 1, 200ms)))
		<< "not a quarter";
	EXPECT_FALSE(clearlyBetter(Merits(Host, Host, 9, 90ms), reflexive)) << "direct, but a detour";
	EXPECT_FALSE(clearlyBetter(Merits(Host, Host, 1, 0ms), Merits(Host, Host, 1, 50ms))) << "not measured";
}

TEST(IceChoice, NeverBothWays)
{
	using enum CandidateType;
	std::vector<Merits> all;
	for (const auto local : {Host, ServerReflexive, PeerReflexive, Relayed})
		for (const auto remote : {Host, ServerReflexive, PeerReflexive, Relayed})
			for (const auto roundTrip : {0ms, 1ms, 5ms, 20ms, 100ms, 1000ms})
				all.push_back({local, remote, all.size(), roundTrip});
	for (const auto& one : all)
		for (const auto& other : all)
			EXPECT_FALSE(clearlyBetter(one, other) && clearlyBetter(other, one));
}

TEST(IceLocalCandidates, AreToldOnceWithDistinctPriorities)
{
	FakePort port{at("0.0.0.0:1000")};
	LocalCandidates locals;
	const auto add = [&](CandidateType type, const std::string& endpoint, const std::string& base,
						 const std::string& source = "") {
		return locals.add({type, at(endpoint), at(base), &port, source});
	};
	const auto first = add(CandidateType::Host, "192.0.2.1:1000", "192.0.2.1:1000");
	const auto second = add(CandidateType::Host, "10.0.0.1:1000", "10.0.0.1:1000");
	const auto sixth = add(CandidateType::Host, "[2001:db8::1]:1000", "[2001:db8::1]:1000");
	const auto seen = add(CandidateType::ServerReflexive, "203.0.113.1:40000", "0.0.0.0:1000", "one");
	ASSERT_TRUE(first && second && sixth && seen);
	EXPECT_FALSE(add(CandidateType::ServerReflexive, "203.0.113.1:40000", "0.0.0.0:1000", "two"));
	EXPECT_FALSE(add(CandidateType::ServerReflexive, "192.0.2.1:1000", "0.0.0.0:1000", "one")) << "no NAT";
	EXPECT_FALSE(add(CandidateType::Host, "0.0.0.0:1000", "0.0.0.0:1000"));
	EXPECT_GT(sixth->priority, first->priority);
	EXPECT_GT(first->priority, second->priority);
	EXPECT_GT(second->priority, seen->priority);
	EXPECT_NE(first->foundation, second->foundation);
	EXPECT_EQ(seen->related, at("0.0.0.0:1000"));
	EXPECT_FALSE(first->related);
	EXPECT_THAT(locals.lines(), ElementsAre(*first, *second, *sixth, *seen));
	EXPECT_EQ(locals.bases().size(), 2U) << "one a family";
	EXPECT_EQ(locals.typeOf(at("203.0.113.1:40000")), CandidateType::ServerReflexive);
	EXPECT_EQ(locals.typeOf(at("203.0.113.1:40001")), CandidateType::PeerReflexive);
	EXPECT_EQ(
		locals.remove({CandidateType::Host, at("10.0.0.1:1000"), at("10.0.0.1:1000"), &port, ""}), second);
	EXPECT_EQ(add(CandidateType::Host, "10.0.0.1:1000", "10.0.0.1:1000"), second) << "as it was";
}

TEST(IceLocalCandidates, ServersThatSeeTheSamePortShareNoFoundation)
{
	FakePort port{at("0.0.0.0:1000")};
	LocalCandidates locals;
	const auto add = [&](const std::string& endpoint, const std::string& source)
	{
		return locals.add({CandidateType::ServerReflexive, at(endpoint), at("10.0.0.1:1000"), &port, source})
			->foundation;
	};
	const auto one = add("203.0.113.1:1", "one");
	EXPECT_NE(one, add("203.0.113.1:2", "two"));
	EXPECT_EQ(one, add("203.0.113.1:3", "one"));
}

TEST(IceRemoteCandidates, KeepTheBest)
{
	RemoteCandidates remotes{3, false};
	Endpoint dropped;
	for (std::uint32_t i = 1; i <= 3; ++i)
		EXPECT_EQ(remotes.add(line("192.0.2.1:" + std::to_string(i), CandidateType::Host, i * 10), dropped),
			Outcome::Added);
	EXPECT_EQ(remotes.add(line("192.0.2.1:9", CandidateType::Host, 10), dropped), Outcome::Refused);
	EXPECT_FALSE(dropped.valid());
	EXPECT_EQ(remotes.add(line("192.0.2.1:9", CandidateType::Host, 15), dropped), Outcome::Added);
	EXPECT_EQ(dropped, at("192.0.2.1:1"));
	EXPECT_EQ(remotes.add(line("192.0.2.1:9", CandidateType::Host, 15), dropped), Outcome::Known);
	EXPECT_EQ(remotes.addPeerReflexive(at("192.0.2.1:7"), 1, dropped), Outcome::Added)
		<< "has room of its own";
	EXPECT_EQ(remotes.add(line("192.0.2.1:7", CandidateType::Host, 15), dropped), Outcome::Updated);
	EXPECT_EQ(remotes.find(at("192.0.2.1:7"))->type, CandidateType::Host);
	CandidateLine name = line("192.0.2.1:5");
	name.hostName = "x.local";
	EXPECT_EQ(remotes.add(name, dropped), Outcome::Refused);
}

TEST(IceRemoteCandidates, ThatAreSeenMakeRoomForTheNewestOfEqualWorth)
{
	RemoteCandidates remotes{20, false};
	Endpoint dropped;
	for (std::uint16_t port = 1; port <= Timing::MAX_PEER_REFLEXIVE; ++port)
		EXPECT_EQ(remotes.addPeerReflexive(at("192.0.2.1:1").withPort(port), 5, dropped), Outcome::Added);
	EXPECT_EQ(remotes.addPeerReflexive(at("192.0.2.1:100"), 5, dropped), Outcome::Added);
	EXPECT_EQ(dropped, at("192.0.2.1:1"));
	EXPECT_EQ(remotes.addPeerReflexive(at("127.0.0.1:100"), 5, dropped), Outcome::Refused);
	EXPECT_FALSE(remotes.remove(at("192.0.2.1:100"))) << "the peer's word did not make it";
	EXPECT_EQ(remotes.all().size(), Timing::MAX_PEER_REFLEXIVE);
}

TEST(IceSendQueue, KeepsOrderAndForgetsThoseOfAPortThatGoes)
{
	FakePort one{at("192.0.2.1:1")};
	FakePort two{at("192.0.2.1:2")};
	SendQueue queue;
	for (std::uint8_t i = 0; i < 6; ++i)
		queue.push({i % 2 ? &one : &two, {}, {}})->datagram.assign(1, i);
	EXPECT_EQ(queue.pop()->datagram.front(), 0);
	queue.removePort(one);
	EXPECT_EQ(queue.pop()->datagram.front(), 2);
	EXPECT_EQ(queue.pop()->datagram.front(), 4);
	EXPECT_EQ(queue.pop(), nullptr);
	std::size_t taken = 0;
	while (taken < 10'000 && queue.push({&one, {}, {}}))
		++taken;
	EXPECT_EQ(taken, Timing::MAX_OUTGOING);
}

}
