#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/udp-punch/sctp/Pair.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class SctpAssociation : public testing::Test
{
protected:
	/// A channel from left to right that both know.
	Channel& openChannel(const ChannelOptions& options = labelled("chat"))
	{
		auto& channel = pair.left.association->open(options, here);
		EXPECT_TRUE(pair.until([&] { return here.isOpen; }));
		return channel;
	}

	RecordingObserver& there()
	{
		return pair.right.offered();
	}

	Pair pair;
	RecordingObserver here;
};

TEST_F(SctpAssociation, BothConnectAndOneComesAbout)
{
	pair.connect();
	EXPECT_TRUE(pair.left.association->up());
	EXPECT_TRUE(pair.right.association->up());
	EXPECT_THAT(pair.left.lost, IsEmpty());
}

TEST_F(SctpAssociation, TheLaterOneToConnectMissesNothing)
{
	pair.left.association->connect();
	pair.run(500ms);
	EXPECT_EQ(pair.left.ups, 0);
	pair.right.association->connect();
	EXPECT_TRUE(pair.until([&] { return pair.left.ups == 1 && pair.right.ups == 1; }, 50ms));
}

TEST_F(SctpAssociation, AChannelCarriesTextBothWays)
{
	pair.connect();
	auto& channel = openChannel();
	EXPECT_EQ(channel.send(MessageKind::Text, asBytes("there")), ChannelSend::Accepted);
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
	EXPECT_EQ(there().channel->options().label, "chat");
	EXPECT_EQ(there().channel->send(MessageKind::Text, asBytes("and back")), ChannelSend::Accepted);
	ASSERT_TRUE(pair.until([&] { return !here.messages.empty(); }));
	EXPECT_THAT(there().messages, ElementsAre("there"));
	EXPECT_THAT(here.messages, ElementsAre("and back"));
}

TEST_F(SctpAssociation, WhatIsSentBeforeTheAssociationIsUpArrives)
{
	auto& channel = pair.left.association->open(labelled("early"), here);
	EXPECT_EQ(channel.send(MessageKind::Text, asBytes("first")), ChannelSend::Accepted);
	EXPECT_EQ(pair.left.association->bufferedAmount(), channel.bufferedAmount());
	EXPECT_GE(channel.bufferedAmount(), 5U);
	pair.connect();
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	EXPECT_THAT(there().messages, ElementsAre("first"));
	EXPECT_EQ(channel.bufferedAmount(), 0U);
}

TEST_F(SctpAssociation, KindAndEmptinessAreKept)
{
	pair.connect();
	auto& channel = openChannel();
	channel.send(MessageKind::Binary, asBytes("bytes"));
	channel.send(MessageKind::Text, {});
	channel.send(MessageKind::Binary, {});
	ASSERT_TRUE(pair.until([&] { return there().messages.size() == 3; }));
	EXPECT_THAT(there().messages, ElementsAre("#bytes", "", "#"));
	EXPECT_EQ(pair.right.association->statistics().bytesReceived, 5U);
	EXPECT_EQ(pair.left.association->statistics().bytesSent, 5U);
}

TEST_F(SctpAssociation, PacketsAreNoLargerThanThePathAllows)
{
	pair.connect();
	auto& channel = openChannel();
	channel.send(MessageKind::Text, asBytes(longText(300000)));
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
	EXPECT_LE(pair.toRight.largest, 1200U - 37U);
	EXPECT_GT(pair.toRight.largest, 1200U - 37U - 8U);
}

TEST_F(SctpAssociation, ShutDownInOrderDeliversEverythingFirst)
{
	pair.connect();
	auto& channel = openChannel();
	const auto text = longText(1U << 20U);
	channel.send(MessageKind::Text, asBytes(text));
	pair.left.association->shutdown();
	ASSERT_TRUE(pair.until([&] { return !pair.left.lost.empty() && !pair.right.lost.empty(); }));
	EXPECT_TRUE(there().messages == std::vector{text});
	EXPECT_THAT(pair.left.lost, ElementsAre("shut down"));
	EXPECT_THAT(pair.right.lost, ElementsAre("shut down"));
	EXPECT_EQ(here.closings.size(), 1U);
	EXPECT_EQ(there().closings.size(), 1U);
	EXPECT_EQ(channel.send(MessageKind::Text, asBytes("late")), ChannelSend::Closed);
}

}

}
