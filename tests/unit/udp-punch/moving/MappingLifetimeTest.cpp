#include "plugins/transport/udp-punch/MappingLifetime.h"

#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::udp_punch;
using namespace std::chrono_literals;

namespace
{

const TimePoint START{1h};

}

TEST(MappingLifetime, TwoEndsAtTheSameAgeAreTheRule)
{
	MappingLifetime lifetime;
	lifetime.began(START);
	lifetime.ended(START + 62s);
	EXPECT_FALSE(lifetime.lifetime());
	EXPECT_EQ(lifetime.leaveAt(), NEVER);
	lifetime.ended(START + 62s + 60s);
	ASSERT_TRUE(lifetime.lifetime());
	EXPECT_EQ(*lifetime.lifetime(), 60s);
	EXPECT_EQ(lifetime.leaveAt(), START + 122s + 45s);
}

TEST(MappingLifetime, EndsAtAnyAgeAreNone)
{
	MappingLifetime lifetime;
	lifetime.began(START);
	lifetime.ended(START + 60s);
	lifetime.ended(START + 60s + 300s);
	lifetime.ended(START + 360s + 40s);
	EXPECT_FALSE(lifetime.lifetime());
}

TEST(MappingLifetime, WhatSeveralNoticeIsOneEnd)
{
	MappingLifetime lifetime;
	lifetime.began(START);
	lifetime.ended(START + 60s);
	lifetime.ended(START + 61s);
	lifetime.ended(START + 62s);
	EXPECT_FALSE(lifetime.lifetime());
	lifetime.ended(START + 121s);
	EXPECT_TRUE(lifetime.lifetime());
}

TEST(MappingLifetime, LongOnesAreLeftWhenTheyEnd)
{
	MappingLifetime lifetime;
	lifetime.began(START);
	lifetime.ended(START + 1h);
	lifetime.ended(START + 2h);
	EXPECT_FALSE(lifetime.lifetime());
}

TEST(MappingLifetime, AnotherNetworkIsAnotherMatter)
{
	MappingLifetime lifetime;
	lifetime.began(START);
	lifetime.ended(START + 60s);
	lifetime.ended(START + 120s);
	lifetime.forget();
	EXPECT_EQ(lifetime.leaveAt(), NEVER);
}
