#include "plugins/transport/udp-punch/ice/CheckList.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/Timing.h"
#include "plugins/transport/udp-punch/ice/Transactions.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

namespace
{

using testing::ElementsAre;

struct List
{
	Base base(FakePort& port, std::uint32_t priority = 100) const
	{
		return {
			.port = &port, .family = AF_INET, .priority = priority, .localPreference = 1, .foundation = "1"};
	}

	static RemoteCandidate remote(std::uint16_t port, std::uint32_t priority, const std::string& foundation)
	{
		return {at("192.0.2.9:1").withPort(port), CandidateType::Host, priority, foundation};
	}

	/// The remote ports in the order of their checks.
	std::vector<std::uint16_t> order()
	{
		std::vector<std::uint16_t> ports;
		while (auto* pair = checks.next())
		{
			pair->state = PairState::InProgress;
			ports.push_back(pair->remote.port());
		}
		return ports;
	}

	FakePort one{at("192.0.2.1:1")};
	FakePort two{at("192.0.2.1:2")};
	PairId precious = 0;
	CheckList checks{4, [this](const Pair& pair) { return pair.id == precious; }};
};

}

TEST(IceCheckList, HasEachPortAndRemoteOnceAndNeverTwoFamilies)
{
	List list;
	for (int i = 0; i < 3; ++i)
	{
		list.checks.form(list.base(list.one), List::remote(1, 10, "a"), true);
		list.checks.form(list.base(list.two), List::remote(1, 10, "a"), true);
		list.checks.form(list.base(list.one), {at("[2001:db8::1]:1"), CandidateType::Host, 10, "b"}, true);
	}
	EXPECT_EQ(list.checks.pairs().size(), 2U);
}

TEST(IceCheckList, GoesByPriorityAndFoundation)
{
	List list;
	list.checks.form(list.base(list.one), List::remote(1, 10, "a"), true);
	list.checks.form(list.base(list.one), List::remote(2, 30, "b"), true);
	list.checks.form(list.base(list.one), List::remote(3, 40, "b"), true);
	EXPECT_THAT(list.order(), ElementsAre(2, 1, 3)) << "3 was frozen by 2, which came before";
}

TEST(IceCheckList, SuccessThawsItsFoundation)
{
	List list;
	list.checks.form(list.base(list.one), List::remote(1, 10, "a"), true);
	list.checks.form(list.base(list.one), List::remote(2, 20, "a"), true);
	EXPECT_EQ(list.checks.pairs()[1].state, PairState::Frozen);
	list.checks.thaw(list.checks.pairs()[0].foundation);
	EXPECT_EQ(list.checks.pairs()[1].state, PairState::Waiting);
}

TEST(IceCheckList, TriggeredChecksComeFirst)
{
	List list;
	list.checks.form(list.base(list.one), List::remote(1, 10, "a"), true);
	list.checks.form(list.base(list.one), List::remote(2, 20, "b"), true);
	list.checks.form(list.base(list.one), List::remote(3, 30, "c"), true);
	list.checks.trigger(list.checks.pairs()[0], {});
	list.checks.trigger(list.checks.pairs()[1], {});
	list.checks.trigger(list.checks.pairs()[0], {});
	EXPECT_THAT(list.order(), ElementsAre(1, 2, 3));
	EXPECT_TRUE(list.checks.idle());
}

TEST(IceCheckList, KeepsTheBestAndWhatHasMerits)
{
	List list;
	for (std::uint16_t port = 1; port <= 4; ++port)
		list.checks.form(list.base(list.one), List::remote(port, port * 10U, std::to_string(port)), true);
	list.checks.form(list.base(list.one), List::remote(5, 5, "5"), true);
	EXPECT_FALSE(list.checks.find(&list.one, {}, at("192.0.2.9:5"))) << "worse than all";
	list.checks.form(list.base(list.one), List::remote(6, 60, "6"), true);
	EXPECT_TRUE(list.checks.find(&list.one, {}, at("192.0.2.9:6")));
	EXPECT_FALSE(list.checks.find(&list.one, {}, at("192.0.2.9:1"))) << "made room";
	// What the peer's own check demands gets room, but never that of a valid or precious pair.
	list.checks.find(&list.one, {}, at("192.0.2.9:2"))->valid = true;
	list.precious = list.checks.find(&list.one, {}, at("192.0.2.9:3"))->id;
	EXPECT_TRUE(list.checks.demand(list.base(list.one), {}, List::remote(7, 1, "7"), true));
	EXPECT_FALSE(list.checks.find(&list.one, {}, at("192.0.2.9:4")));
	for (auto& pair : list.checks.pairs())
		pair.valid = true;
	EXPECT_FALSE(list.checks.demand(list.base(list.one), {}, List::remote(8, 99, "8"), true));
	EXPECT_EQ(list.checks.pairs().size(), 4U);
}

TEST(IceCheckList, TellsLocalAddressesApartOnceItKnowsThem)
{
	List list;
	list.checks.form(list.base(list.one), List::remote(1, 10, "a"), true);
	auto* pair = list.checks.find(&list.one, at("10.0.0.1:1"), at("192.0.2.9:1"));
	ASSERT_TRUE(pair) << "any address will do";
	pair->heardAt = at("10.0.0.1:1");
	EXPECT_TRUE(list.checks.find(&list.one, at("10.0.0.1:1"), at("192.0.2.9:1")));
	EXPECT_FALSE(list.checks.find(&list.one, at("10.0.0.2:1"), at("192.0.2.9:1")));
	pair->local = at("10.0.0.2:1");
	EXPECT_TRUE(list.checks.find(&list.one, at("10.0.0.2:1"), at("192.0.2.9:1")));
	EXPECT_TRUE(list.checks.find(&list.one, {}, at("192.0.2.9:1")));
	EXPECT_FALSE(list.checks.find(&list.two, {}, at("192.0.2.9:1")));
}

TEST(IceCheckList, PrioritiesFollowTheRoles)
{
	List list;
	list.checks.form(list.base(list.one, 200), List::remote(1, 10, "a"), true);
	const auto before = list.checks.pairs()[0].priority;
	list.checks.prioritise(false);
	EXPECT_EQ(list.checks.pairs()[0].priority, before - 1);
	list.checks.updateRemote(List::remote(1, 300, "a"), true);
	EXPECT_EQ(list.checks.pairs()[0].priority, (200ULL << 32U) + 600);
}

TEST(IceTransactions, AreBoundedAndThoseThatWereReplacedGoFirst)
{
	Transactions transactions;
	const TimePoint now{1h};
	for (std::uint8_t i = 0; i < 200; ++i)
	{
		Transaction transaction;
		transaction.id[0] = i;
		transaction.pair = i;
		transaction.repeating = true;
		transaction.due = now + std::chrono::seconds{i};
		transactions.add(transaction);
		if (i == 50)
			transactions.cancel(50, now);
	}
	const auto known = [&](std::uint8_t i) { return transactions.find(stun::TransactionId{i}) != nullptr; };
	EXPECT_FALSE(known(50));
	EXPECT_FALSE(known(0));
	EXPECT_TRUE(known(199));
	std::size_t count = 0;
	while (auto* transaction = transactions.due(NEVER))
	{
		transactions.remove(stun::TransactionId{transaction->id});
		++count;
	}
	EXPECT_EQ(count, Timing::MAX_TRANSACTIONS);
	EXPECT_EQ(transactions.nextDeadline(), NEVER);
}

}
