#include "node/core/config/Suggestion.h"

#include <gtest/gtest.h>

namespace gimlet::core
{

namespace
{

const std::vector<std::string> NAMES{"stun", "stun-server", "rendezvous", "web", "console"};

}

TEST(Suggestion, FindsTheNearestName)
{
	EXPECT_EQ(closest("stnu", NAMES), "stun");
	EXPECT_EQ(closest("sutn", NAMES), "stun");
	EXPECT_EQ(closest("stun_server", NAMES), "stun-server");
	EXPECT_EQ(closest("rendevous", NAMES), "rendezvous");
	EXPECT_EQ(closest("WEB", NAMES), "web");
	EXPECT_EQ(closest("wbe", NAMES), "web");
}

TEST(Suggestion, StaysSilentWhenNothingIsNear)
{
	EXPECT_EQ(closest("turn-relay", NAMES), "");
	EXPECT_EQ(closest("", NAMES), "");
	EXPECT_EQ(closest("x", NAMES), "");
	EXPECT_EQ(closest(std::string(100'000, 's'), NAMES), "");
	EXPECT_EQ(didYouMean("turn-relay", NAMES), "");
	EXPECT_EQ(didYouMean("stunn", NAMES), "; did you mean \"stun\"?");
}

}
