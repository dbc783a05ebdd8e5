#include "node/protocol/ui/History.h"

#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::ui;

namespace
{

MessageReceived received(const std::string& content)
{
	return {"peer", "Ann", content, "id", WallTime{1}, 0};
}

MessageSent sent(const std::string& id)
{
	return {id, "text", {"peer"}, WallTime{1}, 0, {}};
}

std::vector<std::uint64_t> numbers(const History& history, std::size_t bytesEach = 32 * 1024)
{
	std::vector<std::uint64_t> result;
	for (const auto& part : history.parts(bytesEach))
		for (const auto& message : part.messages)
			result.push_back(std::visit([](const auto& content) { return content.seq; }, message));
	return result;
}

}

TEST(UiHistory, CountsFromOneAndKeepsTheLatest)
{
	History history{{.messages = 3, .bytes = 10'000}};
	EXPECT_TRUE(history.parts().empty());
	for (int i = 0; i < 4; ++i)
		EXPECT_EQ(history.add(received("x")).seq, i + 1U);
	EXPECT_EQ(history.add(sent("a")).seq, 5U);
	EXPECT_EQ(numbers(history), (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST(UiHistory, IsBoundedInBytesAsWell)
{
	History history{{.messages = 1000, .bytes = 2'000}};
	for (int i = 0; i < 100; ++i)
		history.add(received(std::string(100, 'x')));
	EXPECT_LE(history.size(), 10U);
	EXPECT_GE(history.size(), 5U);
	history.add(received(std::string(5000, 'x')));
	EXPECT_EQ(history.size(), 0U) << "one that is larger than all may be is not kept";
	history.add(received("x"));
	EXPECT_EQ(numbers(history), std::vector<std::uint64_t>{102});
}

TEST(UiHistory, RemembersWhatBecameOfAMessage)
{
	History history{{.messages = 3, .bytes = 10'000}};
	history.add(sent("a"));
	history.add(received("x"));
	history.deliveryChanged("a", {"peer", Delivery::Sent, ""});
	history.deliveryChanged("a", {"other", Delivery::Failed, "gone"});
	history.deliveryChanged("a", {"peer", Delivery::Delivered, ""});
	history.deliveryChanged("unknown", {"peer", Delivery::Delivered, ""});
	ASSERT_NE(history.sent("a"), nullptr);
	EXPECT_EQ(history.sent("a")->deliveries,
		(std::vector<DeliveryState>{{"peer", Delivery::Delivered, ""}, {"other", Delivery::Failed, "gone"}}));
	EXPECT_EQ(history.sent("id"), nullptr) << "that one was received";
}

TEST(UiHistory, ForgetsTheIdsOfWhatItDropped)
{
	History history{{.messages = 1, .bytes = 10'000}};
	history.add(sent("a"));
	history.add(sent("b"));
	EXPECT_EQ(history.sent("a"), nullptr);
	history.deliveryChanged("a", {"peer", Delivery::Delivered, ""});
	EXPECT_TRUE(history.sent("b")->deliveries.empty());
}

TEST(UiHistory, ManyDeliveriesCountToo)
{
	History history{{.messages = 100, .bytes = 20'000}};
	history.add(sent("a"));
	history.add(sent("b"));
	for (int i = 0; i < 1000; ++i)
		history.deliveryChanged("a", {"peer" + std::to_string(i), Delivery::Sent, ""});
	EXPECT_EQ(history.sent("a"), nullptr);
	EXPECT_NE(history.sent("b"), nullptr);
}

TEST(UiHistory, KeepsNothingWhenToldSoButCounts)
{
	History history{{.messages = 0, .bytes = 10'000}};
	history.add(sent("a"));
	EXPECT_EQ(history.add(received("x")).seq, 2U);
	EXPECT_EQ(history.size(), 0U);
	EXPECT_EQ(history.sent("a"), nullptr);
}

TEST(UiHistory, IsToldInPartsOfBoundedSize)
{
	History history{{.messages = 100, .bytes = 100'000}};
	for (int i = 0; i < 10; ++i)
		history.add(received(std::string(1000, 'x')));
	EXPECT_EQ(history.parts(3000).size(), 4U);
	EXPECT_EQ(numbers(history, 3000), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}
