// Large messages, bad paths and back-pressure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/udp-punch/sctp/Pair.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::size_t MIB = 1U << 20U;

class SctpTransfer : public testing::Test
{
protected:
	Channel& openChannel(const ChannelOptions& options = labelled("bulk"))
	{
		pair.connect();
		auto& channel = pair.left.association->open(options, here);
		EXPECT_TRUE(pair.until([&] { return here.isOpen; }));
		return channel;
	}

	RecordingObserver& there()
	{
		return pair.right.offered();
	}

	void makeBad()
	{
		pair.setBoth(
			[](PathTraits& path)
			{
				path.loss = 0.05;
				path.reordered = 0.03;
				path.duplicates = 0.03;
			});
	}

	Pair pair;
	RecordingObserver here;
};

TEST_F(SctpTransfer, TheLargestMessageArrivesInPartsAndOneByteMoreIsRefused)
{
	auto& channel = openChannel();
	ASSERT_EQ(channel.maxMessage(), 16 * MIB);
	const auto text = longText(16 * MIB);
	EXPECT_EQ(channel.send(MessageKind::Binary, asBytes(text + "x")), ChannelSend::TooLarge);
	EXPECT_EQ(channel.send(MessageKind::Binary, asBytes(text)), ChannelSend::Accepted);
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
	EXPECT_TRUE(there().messages.front() == "#" + text);
	EXPECT_GT(there().parts, 100U);
	EXPECT_LE(there().largestPart, 65536U);
	EXPECT_EQ(pair.left.association->statistics().retransmissions, 0U);
}

TEST_F(SctpTransfer, ABadPathLosesNothingAndKeepsTheOrder)
{
	makeBad();
	auto& channel = openChannel();
	std::vector<std::string> sent;
	for (int i = 0; i < 2000; ++i)
	{
		sent.push_back(std::to_string(i) + longText(static_cast<std::size_t>(i) % 3000));
		ASSERT_EQ(channel.send(MessageKind::Text, asBytes(sent.back())), ChannelSend::Accepted);
	}
	ASSERT_TRUE(pair.until([&] { return there().messages.size() == sent.size(); }, 120s));
	EXPECT_TRUE(there().messages == sent);
	EXPECT_GT(pair.left.association->statistics().retransmissions, 20U);
}

TEST_F(SctpTransfer, LargeMessagesBothWaysSurviveABadPath)
{
	makeBad();
	auto& channel = openChannel();
	const auto text = longText(3 * MIB);
	channel.send(MessageKind::Text, asBytes(text));
	ASSERT_TRUE(pair.until([&] { return !pair.right.offers.empty(); }));
	there().channel->send(MessageKind::Text, asBytes(text));
	ASSERT_TRUE(pair.until([&] { return !here.messages.empty() && !there().messages.empty(); }, 300s));
	EXPECT_TRUE(here.messages.front() == text);
	EXPECT_TRUE(there().messages.front() == text);
}

TEST_F(SctpTransfer, SmallMessagesOvertakeALargeOneOfAnotherChannel)
{
	auto& bulk = openChannel();
	RecordingObserver chat;
	auto& other = pair.left.association->open(labelled("chat"), chat);
	ASSERT_TRUE(pair.until([&] { return chat.isOpen; }));
	bulk.send(MessageKind::Binary, asBytes(longText(16 * MIB)));
	pair.run(20ms);
	other.send(MessageKind::Text, asBytes("quick"));
	ASSERT_TRUE(pair.until([&] { return !pair.right.offered(1).messages.empty(); }));
	EXPECT_TRUE(there().messages.empty());
	EXPECT_GT(there().present.size(), 0U);
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
}

TEST_F(SctpTransfer, WhoSendsTooMuchIsToldAndHearsWhenThereIsRoom)
{
	auto& channel = openChannel();
	pair.setBoth([](PathTraits& path) { path.dead = true; });
	const auto text = longText(MIB);
	std::size_t accepted = 0;
	while (channel.send(MessageKind::Text, asBytes(text)) == ChannelSend::Accepted)
		ASSERT_LT(++accepted, 100U);
	EXPECT_GE(accepted, 16U);
	EXPECT_LE(channel.bufferedAmount(), 16 * MIB);
	EXPECT_EQ(pair.left.association->bufferedAmount(), channel.bufferedAmount());
	pair.run(100ms);
	EXPECT_EQ(here.drains, 0U);

	here.onDrained = [&](Channel& drained)
	{
		if (accepted < 40 && drained.send(MessageKind::Text, asBytes(text)) == ChannelSend::Accepted)
			++accepted;
	};
	channel.setLowWater(4 * MIB);
	pair.setBoth([](PathTraits& path) { path.dead = false; });
	ASSERT_TRUE(pair.until([&] { return there().messages.size() >= accepted; }, 60s));
	EXPECT_GE(here.drains, 2U) << "for the refusal, and for the low water";
	EXPECT_EQ(channel.bufferedAmount(), 0U);
	EXPECT_EQ(pair.left.association->statistics().bytesSent, accepted * MIB);
}

TEST_F(SctpTransfer, AnOutageOfHalfAMinuteIsSurvivedAndEndsWithinASecond)
{
	auto& channel = openChannel();
	channel.send(MessageKind::Text, asBytes(longText(4 * MIB)));
	pair.run(50ms);
	pair.setBoth([](PathTraits& path) { path.dead = true; });
	pair.run(30s);
	EXPECT_TRUE(there().messages.empty());
	pair.setBoth([](PathTraits& path) { path.dead = false; });
	pair.left.association->pathChanged();
	pair.right.association->pathChanged();
	const auto before = there().parts + there().present.size();
	EXPECT_TRUE(pair.until([&] { return there().parts + there().present.size() > before; }, 900ms));
	EXPECT_TRUE(pair.until([&] { return !there().messages.empty(); }, 5s));
	EXPECT_TRUE(pair.left.lost.empty());
}

TEST_F(SctpTransfer, TheBuffersCarry400MegabitsAcross100Milliseconds)
{
	pair.setBoth([](PathTraits& path) { path.delay = 50ms; });
	auto& channel = openChannel();
	const auto text = longText(MIB);
	here.onDrained = [&](Channel& drained)
	{
		while (drained.bufferedAmount() < 4 * MIB)
			drained.send(MessageKind::Binary, asBytes(text));
	};
	channel.setLowWater(2 * MIB);
	here.onDrained(channel);
	pair.run(1500ms);
	const auto received = [&] { return pair.right.association->statistics().bytesReceived; };
	const auto before = received();
	pair.run(300ms);
	EXPECT_GT(static_cast<double>(received() - before) * 8 / 0.3, 400e6);
	EXPECT_EQ(pair.left.association->statistics().retransmissions, 0U);
}

/// Nothing is lost, so nothing may be repeated, nor the window be closed: usrsctp's own way with its
/// retransmission timer did both (see limits() in Socket.cpp).
TEST(SctpBusyPeer, AcknowledgementsThatStallForAMomentCloseNoWindow)
{
	auto configuration = Pair::large();
	configuration.sendBuffer = MIB / 4;
	Pair pair{configuration};
	pair.connect();
	pair.setBoth([](PathTraits& path) { path.delay = 50ms; });
	RecordingObserver here;
	auto& channel = pair.left.association->open(labelled("busy"), here);
	const auto text = longText(MIB);
	here.onDrained = [&](Channel& drained)
	{
		while (drained.bufferedAmount() < 4 * MIB)
			drained.send(MessageKind::Binary, asBytes(text));
	};
	channel.setLowWater(2 * MIB);
	here.onDrained(channel);
	pair.run(3s);
	for (int stall = 0; stall < 15; ++stall)
	{
		// What is sent within 40 ms arrives at its end, in order.
		for (auto late = 40ms; late > 0ms; late -= 1ms)
		{
			pair.toLeft.traits.delay = 50ms + late;
			pair.run(1ms);
		}
		pair.toLeft.traits.delay = 50ms;
		pair.run(1193ms); // until the round trip seems to be always the same again
	}
	EXPECT_EQ(pair.left.association->statistics().retransmissions, 0U);
	const auto before = pair.right.association->statistics().bytesReceived;
	pair.run(1s);
	EXPECT_GT(pair.right.association->statistics().bytesReceived - before, 2 * MIB);
}

TEST_F(SctpTransfer, APathFarSlowerThanExpectedIsNotFloodedForEver)
{
	pair.setBoth([](PathTraits& path) { path.delay = 750ms; });
	auto& channel = openChannel();
	pair.run(5s);
	const auto before = pair.left.association->statistics();
	EXPECT_GE(before.roundTrip, 1400ms);
	channel.send(MessageKind::Text, asBytes(longText(MIB)));
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }, 15s)) << "ten windows";
	EXPECT_EQ(pair.left.association->statistics().retransmissions, before.retransmissions);
}

TEST_F(SctpTransfer, APathThatGrowsAndShrinksStrandsNothing)
{
	pair.setBoth([](PathTraits& path) { path.delay = 25ms; });
	auto& channel = openChannel();
	const auto text = longText(16 * MIB);
	channel.send(MessageKind::Text, asBytes(text));
	pair.run(100ms);
	pair.left.association->setPacketSize(8900);
	pair.run(200ms);
	EXPECT_LE(pair.toRight.largest, 8900U);
	EXPECT_GT(pair.toRight.largest, 8900U - 1163U);
	pair.left.association->setPacketSize(1163);
	pair.toRight.largest = 0;
	EXPECT_TRUE(there().messages.empty());
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
	EXPECT_TRUE(there().messages.front() == text);
	EXPECT_LE(pair.toRight.largest, 1163U);
}

TEST_F(SctpTransfer, UnorderedMessagesDoNotWaitForALostOne)
{
	auto options = labelled("events");
	options.ordered = false;
	auto& channel = openChannel(options);
	channel.send(MessageKind::Text, asBytes("opened"));
	ASSERT_TRUE(pair.until([&] { return there().messages.size() == 1; }));
	EXPECT_FALSE(there().channel->options().ordered);
	pair.run(100ms);
	pair.toRight.traits.dead = true;
	channel.send(MessageKind::Text, asBytes("lost at first"));
	pair.toRight.traits.dead = false;
	channel.send(MessageKind::Text, asBytes("second"));
	ASSERT_TRUE(pair.until([&] { return there().messages.size() == 3; }));
	EXPECT_THAT(there().messages, ElementsAre("opened", "second", "lost at first"));
}

TEST_F(SctpTransfer, WhatMayNotBeRepeatedIsAbandonedAndTheRestGoesOn)
{
	auto options = labelled("state");
	options.maxRetransmits = 0;
	auto& channel = openChannel(options);
	EXPECT_EQ(channel.maxMessage(), 8 * MIB) << "as much as usrsctp takes at once";
	channel.send(MessageKind::Text, asBytes("opened"));
	ASSERT_TRUE(pair.until([&] { return there().messages.size() == 1; }));
	EXPECT_EQ(there().channel->options().maxRetransmits, 0);
	pair.run(100ms);
	pair.toRight.traits.dead = true;
	channel.send(MessageKind::Text, asBytes("given up"));
	pair.toRight.traits.dead = false;
	channel.send(MessageKind::Text, asBytes("next"));
	ASSERT_TRUE(pair.until([&] { return there().messages.size() >= 2; }));
	pair.run(1s);
	EXPECT_THAT(there().messages, ElementsAre("opened", "next"));
}

TEST_F(SctpTransfer, ALifetimeThatEndsInTheQueueDropsTheMessage)
{
	auto options = labelled("frames");
	options.maxLifetime = 100ms;
	auto& channel = pair.left.association->open(options, here);
	channel.send(MessageKind::Text, asBytes("stale"));
	pair.run(200ms);
	channel.send(MessageKind::Text, asBytes("fresh"));
	pair.connect();
	ASSERT_TRUE(pair.until([&] { return here.isOpen; }));
	pair.run(100ms);
	EXPECT_THAT(there().messages, ElementsAre("fresh"));
	EXPECT_EQ(channel.bufferedAmount(), 0U);
}

TEST_F(SctpTransfer, WhoWasRefusedHearsOfTheRoomThatExpiryMakes)
{
	auto options = labelled("frames");
	options.maxLifetime = 100ms;
	auto& channel = openChannel(options);
	pair.setBoth([](PathTraits& path) { path.dead = true; });
	const auto frame = longText(MIB);
	while (channel.send(MessageKind::Binary, asBytes(frame)) == ChannelSend::Accepted)
		continue;
	pair.run(200ms);
	here.drains = 0;
	EXPECT_GT(channel.bufferedAmount(), 15 * MIB);
	pair.setBoth([](PathTraits& path) { path.dead = false; });
	EXPECT_TRUE(pair.until([&] { return here.drains > 0; }));
	EXPECT_EQ(channel.bufferedAmount(), 0U);
}

TEST_F(SctpTransfer, ALargeMessageThatIsAbandonedOnTheWayIsAborted)
{
	auto options = labelled("pictures");
	options.maxRetransmits = 0;
	auto& channel = openChannel(options);
	channel.send(MessageKind::Binary, asBytes(longText(MIB)));
	ASSERT_TRUE(pair.until([&] { return there().parts > 1; }));
	pair.toRight.traits.dead = true;
	pair.run(30ms);
	pair.toRight.traits.dead = false;
	channel.send(MessageKind::Text, asBytes("next"));
	ASSERT_TRUE(pair.until([&] { return !there().messages.empty(); }));
	EXPECT_EQ(there().aborted, 1U);
	EXPECT_THAT(there().messages, ElementsAre("next"));
}

}

}
