#include "plugins/transport/udp-plain/Inbox.h"

#include <gtest/gtest.h>

#include "plugins/transport/udp-plain/Timing.h"

using namespace gimlet;
using namespace gimlet::udp_plain;

namespace
{

ChatMessage message(const std::string& id)
{
	return {id, "text of " + id, WallTime{0}};
}

std::vector<std::string> shown(const Inbox::Result& result)
{
	std::vector<std::string> ids;
	for (const auto& one : result.messages)
		ids.push_back(one.id);
	return ids;
}

using Ids = std::vector<std::string>;

}

TEST(Inbox, ShowsAnIdOnceAndAcknowledgesItEachTime)
{
	Inbox inbox;
	const auto first = inbox.accept(message("a"), "");
	EXPECT_EQ(shown(first), Ids{"a"});
	EXPECT_EQ(first.acknowledge, Ids{"a"});
	EXPECT_FALSE(first.duplicate);
	const auto second = inbox.accept(message("a"), "");
	EXPECT_TRUE(second.messages.empty());
	EXPECT_EQ(second.acknowledge, Ids{"a"});
	EXPECT_TRUE(second.duplicate);
}

TEST(Inbox, ShowsEveryMessageWithoutAnId)
{
	Inbox inbox;
	EXPECT_EQ(inbox.accept(message(""), "").messages.size(), 1U);
	const auto second = inbox.accept(message(""), "");
	EXPECT_EQ(second.messages.size(), 1U);
	EXPECT_TRUE(second.acknowledge.empty());
}

TEST(Inbox, HoldsWhatCameTooEarly)
{
	Inbox inbox;
	EXPECT_TRUE(inbox.accept(message("c"), "b").messages.empty());
	EXPECT_TRUE(inbox.accept(message("b"), "a").messages.empty());
	EXPECT_TRUE(inbox.accept(message("c"), "b").acknowledge.empty()) << "not shown, so not acknowledged";
	EXPECT_EQ(inbox.held(), 2U);
	const auto result = inbox.accept(message("a"), "");
	EXPECT_EQ(shown(result), (Ids{"a", "b", "c"}));
	EXPECT_EQ(result.acknowledge, (Ids{"a", "b", "c"}));
	EXPECT_EQ(inbox.held(), 0U);
}

TEST(Inbox, ASenderThatGaveUpAPredecessorIsBelieved)
{
	Inbox inbox;
	EXPECT_TRUE(inbox.accept(message("b"), "a").messages.empty());
	EXPECT_EQ(shown(inbox.accept(message("b"), "")), Ids{"b"});
	EXPECT_EQ(inbox.held(), 0U);
	EXPECT_EQ(shown(inbox.accept(message("a"), "")), Ids{"a"});
}

TEST(Inbox, HoldsNoMoreThanAWindow)
{
	Inbox inbox;
	for (std::size_t i = 0; i < 10 * WINDOW; ++i)
		inbox.accept(message("m" + std::to_string(i)), "never comes");
	EXPECT_EQ(inbox.held(), WINDOW);
}

TEST(Inbox, RemembersABoundedNumberOfIds)
{
	Inbox inbox;
	for (std::size_t i = 0; i <= REMEMBERED_IDS; ++i)
		inbox.accept(message(std::to_string(i)), "");
	EXPECT_TRUE(inbox.accept(message(std::to_string(REMEMBERED_IDS)), "").duplicate);
	EXPECT_TRUE(inbox.accept(message("1"), "").duplicate);
	EXPECT_FALSE(inbox.accept(message("0"), "").duplicate) << "the oldest was forgotten";
}

TEST(Inbox, AMessageThatNamesItselfAsItsPredecessorOnlyOccupiesAPlace)
{
	Inbox inbox;
	EXPECT_TRUE(inbox.accept(message("a"), "a").messages.empty());
	EXPECT_EQ(inbox.held(), 1U);
}
