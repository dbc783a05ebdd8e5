#include "plugins/service/rendezvous-server/OfferLimit.h"

#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using Verdict = OfferLimit::Verdict;

TEST(AddressBucketsTest, countsByAddressAndBySlash64)
{
	AddressBuckets buckets{{1, 1}, 10};
	const TimePoint now{1h};
	EXPECT_TRUE(buckets.take(address("203.0.113.1"), now));
	EXPECT_FALSE(buckets.take(*Endpoint::parse("203.0.113.1:9"), now));
	EXPECT_FALSE(buckets.take(address("::ffff:203.0.113.1"), now));
	EXPECT_TRUE(buckets.take(address("203.0.113.2"), now));
	EXPECT_TRUE(buckets.take(address("2001:db8:1:2:3::4"), now));
	EXPECT_FALSE(buckets.take(address("2001:db8:1:2:ffff::1"), now));
	EXPECT_TRUE(buckets.take(address("2001:db8:1:3::1"), now));
}

TEST(AddressBucketsTest, isBoundedAndForgetsTheCalm)
{
	AddressBuckets buckets{{2, 1}, 3};
	TimePoint now{1h};
	for (const char* text : {"203.0.113.1", "203.0.113.2", "203.0.113.3"})
		EXPECT_TRUE(buckets.take(address(text), now));
	EXPECT_FALSE(buckets.take(address("203.0.113.4"), now));
	EXPECT_EQ(NEVER, buckets.next(address("203.0.113.4"), now));
	EXPECT_TRUE(buckets.take(address("203.0.113.3"), now));
	EXPECT_EQ(3U, buckets.size());
	now += 1s;
	EXPECT_TRUE(buckets.take(address("203.0.113.4"), now));
	EXPECT_EQ(2U, buckets.size());
}

TEST(OfferLimitTest, offersThatNameNobodyElseAreFree)
{
	OfferLimit limit{{1, 1}};
	for (Key key = 2; key < 1000; ++key)
		EXPECT_EQ(Verdict::Now, limit.ask(1, key, {}, TimePoint{1h}));
	EXPECT_EQ(NEVER, limit.nextDeadline());
}

TEST(OfferLimitTest, spreadsOffersOfOneAddressAndRefusesInTheEnd)
{
	OfferLimit limit{{2, 1}};
	const TimePoint start{1h};
	const std::vector<Endpoint> target{address("198.51.100.1")};
	std::map<Verdict, std::size_t> verdicts;
	for (Key key = 2; key < 1002; ++key)
		++verdicts[limit.ask(1, key, target, start)];
	EXPECT_EQ(2U, verdicts[Verdict::Now]);
	EXPECT_EQ(300U, verdicts[Verdict::Later]);
	EXPECT_EQ(698U, verdicts[Verdict::Refused]);
	EXPECT_EQ(Verdict::Now, limit.ask(1, 2000, {address("198.51.100.2")}, start));

	EXPECT_TRUE(limit.holds(4, 1));
	EXPECT_EQ(Verdict::Later, limit.ask(4, 1, target, start));
	EXPECT_EQ(start + 1s, limit.nextDeadline());
	EXPECT_TRUE(limit.due(start + 999ms).empty());
	const auto due = limit.due(start + 1s);
	ASSERT_EQ(1U, due.size());
	EXPECT_EQ(1U, due[0].a);
	EXPECT_EQ(4U, due[0].b);
	EXPECT_EQ(target, due[0].claims);
	EXPECT_FALSE(limit.holds(1, 4));
	EXPECT_EQ(299U, limit.due(start + 300s).size());
	EXPECT_EQ(NEVER, limit.nextDeadline());
}

}

}
