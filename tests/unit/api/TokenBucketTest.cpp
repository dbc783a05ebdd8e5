#include "node/api/TokenBucket.h"

#include <gtest/gtest.h>

namespace gimlet
{

using namespace std::chrono_literals;

TEST(TokenBucketTest, givesABurstAndThenARate)
{
	const Rate rate{3, 2};
	TimePoint now{1h};
	TokenBucket bucket{rate, now};
	for (int i = 0; i < 3; ++i)
		EXPECT_TRUE(bucket.take(rate, now));
	EXPECT_FALSE(bucket.take(rate, now));
	EXPECT_EQ(now + 500ms, bucket.next(rate, now));
	EXPECT_FALSE(bucket.take(rate, now + 499ms));
	EXPECT_TRUE(bucket.take(rate, now + 500ms));
	EXPECT_FALSE(bucket.full(rate, now + 1s));
	EXPECT_TRUE(bucket.full(rate, now + 10s));
	EXPECT_TRUE(bucket.take(rate, now + 1h));
}

TEST(TokenBucketTest, whatHasHappenedAlreadyMayPutItIntoDebt)
{
	const Rate rate{3, 2};
	const TimePoint now{1h};
	TokenBucket bucket{rate, now};
	EXPECT_TRUE(bucket.take(rate, now));
	bucket.charge(4);
	EXPECT_FALSE(bucket.take(rate, now + 1s));
	EXPECT_TRUE(bucket.take(rate, now + 1500ms));
}

}
