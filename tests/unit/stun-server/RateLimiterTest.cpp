#include "plugins/service/stun-server/RateLimiter.h"

#include <gtest/gtest.h>

#include <array>

using namespace gimlet;
using namespace std::chrono_literals;
using stun_server::RateLimiter;

namespace
{

constexpr std::uint64_t SEED = 0x0123456789abcdef;
const TimePoint START{1h};

Endpoint v4(std::uint32_t address, std::uint16_t port = 1)
{
	const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(address >> 24),
		static_cast<std::uint8_t>(address >> 16), static_cast<std::uint8_t>(address >> 8),
		static_cast<std::uint8_t>(address)};
	return Endpoint::fromBytes(bytes, port);
}

Endpoint parsed(std::string_view text)
{
	return Endpoint::parse(text).value();
}

int allowed(RateLimiter& limiter, const Endpoint& source, TimePoint now, int attempts = 1000)
{
	int count = 0;
	for (int i = 0; i < attempts; ++i)
		count += limiter.allow(source, now) ? 1 : 0;
	return count;
}

}

TEST(StunRateLimiterTest, allowsABurstAndThenTheRate)
{
	RateLimiter limiter{10, 20, SEED, START};
	EXPECT_EQ(allowed(limiter, v4(1), START), 20);
	EXPECT_EQ(allowed(limiter, v4(1), START + 99ms), 0);
	EXPECT_EQ(allowed(limiter, v4(1), START + 100ms), 1);
	EXPECT_EQ(allowed(limiter, v4(1), START + 600ms), 5);
	EXPECT_EQ(allowed(limiter, v4(1), START + 1h), 20) << "no more than a burst is saved up";
}

TEST(StunRateLimiterTest, zeroIsNoLimit)
{
	RateLimiter limiter{0, 0, SEED, START};
	EXPECT_EQ(allowed(limiter, v4(1), START), 1000);
}

TEST(StunRateLimiterTest, countsAllPortsOfAnAddressTogether)
{
	RateLimiter limiter{1, 1, SEED, START};
	EXPECT_TRUE(limiter.allow(v4(1, 1000), START));
	EXPECT_FALSE(limiter.allow(v4(1, 1001), START));
	EXPECT_TRUE(limiter.allow(v4(2, 1000), START));
}

TEST(StunRateLimiterTest, countsAnIpv6NetworkOf64BitsTogether)
{
	RateLimiter limiter{1, 1, SEED, START};
	EXPECT_TRUE(limiter.allow(parsed("[2001:db8:0:1::1]:1"), START));
	EXPECT_FALSE(limiter.allow(parsed("[2001:db8:0:1:ffff::9]:1"), START));
	EXPECT_TRUE(limiter.allow(parsed("[2001:db8:0:2::1]:1"), START));
}

TEST(StunRateLimiterTest, fewOfManySourcesMeet)
{
	RateLimiter limiter{1, 1, SEED, START};
	// As many sources as there are buckets: each single table would refuse more than a third of them.
	int refused = 0;
	for (std::uint32_t i = 0; i < RateLimiter::BUCKETS; ++i)
		refused += limiter.allow(v4(0x0a000000 + i), START) ? 0 : 1;
	EXPECT_LT(refused, static_cast<int>(RateLimiter::BUCKETS / 4));

	RateLimiter quiet{1, 1, SEED, START};
	refused = 0;
	for (std::uint32_t i = 0; i < 1000; ++i)
		refused += quiet.allow(v4(0x0a000000 + i), START) ? 0 : 1;
	EXPECT_LE(refused, 2);
}

TEST(StunRateLimiterTest, aFloodedNeighbourDoesNoHarm)
{
	RateLimiter limiter{100, 100, SEED, START};
	for (std::uint32_t flooder = 0; flooder < 100; ++flooder)
		allowed(limiter, v4(0xc0000200 + flooder), START);
	int refused = 0;
	for (std::uint32_t i = 0; i < 1000; ++i)
		refused += limiter.allow(v4(0x0a000000 + i), START) ? 0 : 1;
	EXPECT_EQ(refused, 0);
}
