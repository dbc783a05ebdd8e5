#include "plugins/transport/udp-plain/Window.h"

#include <gtest/gtest.h>

#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/Timing.h"

using namespace gimlet;
using namespace gimlet::udp_plain;

namespace
{

const PeerId OWN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const TimePoint START{1h};

ChatMessage message(const std::string& id)
{
	return {id, "text", WallTime{0}};
}

}

TEST(Window, SendsAgainAfter300MillisecondsAndTwiceAsLongUpToThreeSeconds)
{
	Window window;
	window.push(OWN, message("a"), START);
	std::vector<Duration> moments;
	while (moments.size() < 6)
	{
		const auto due = window.nextDeadline();
		EXPECT_TRUE(window.retransmit(due - 1ns).empty());
		EXPECT_EQ(window.retransmit(due).size(), 1U);
		moments.push_back(due - START);
	}
	EXPECT_EQ(moments, (std::vector<Duration>{300ms, 900ms, 2100ms, 4500ms, 7500ms, 10500ms}));
	EXPECT_TRUE(window.acknowledge("a"));
	EXPECT_FALSE(window.acknowledge("a"));
	EXPECT_EQ(window.nextDeadline(), NEVER);
}

TEST(Window, ALongRoundTripIsWaitedFor)
{
	Window window;
	window.setRoundTrip(700ms);
	window.push(OWN, message("a"), START);
	EXPECT_EQ(window.nextDeadline(), START + 1400ms);
}

TEST(Window, EachMessageNamesTheUnacknowledgedOneBeforeIt)
{
	Window window;
	EXPECT_EQ(window.push(OWN, message("a"), START), chat::encodeText(OWN, message("a")));
	EXPECT_EQ(window.push(OWN, message("b"), START), chat::encodeText(OWN, message("b"), "a"));
	window.acknowledge("b");
	EXPECT_EQ(window.push(OWN, message("c"), START), chat::encodeText(OWN, message("c"), "a"));
	window.acknowledge("a");
	window.acknowledge("c");
	EXPECT_EQ(window.push(OWN, message("d"), START), chat::encodeText(OWN, message("d")));
}

TEST(Window, NothingOvertakesWhatWasTurnedAway)
{
	Window window;
	for (std::size_t i = 0; i < WINDOW; ++i)
		EXPECT_FALSE(window.push(OWN, message(std::to_string(i)), START).empty());
	EXPECT_TRUE(window.push(OWN, message("x"), START).empty());
	EXPECT_FALSE(window.takeRoom());
	window.acknowledge("0");
	EXPECT_TRUE(window.push(OWN, message("y"), START).empty()) << "x is first";
	EXPECT_TRUE(window.takeRoom());
	EXPECT_FALSE(window.takeRoom()) << "told once";
	EXPECT_FALSE(window.push(OWN, message("x"), START).empty());
}

TEST(Window, ResumedItIsDueAtOnce)
{
	Window window;
	window.push(OWN, message("a"), START);
	window.push(OWN, message("b"), START);
	for (int i = 0; i < 5; ++i)
		window.retransmit(window.nextDeadline());
	EXPECT_TRUE(window.troubled());
	const auto now = START + 1h;
	window.resume(now);
	EXPECT_FALSE(window.troubled());
	EXPECT_EQ(window.retransmit(now).size(), 2U);
	EXPECT_EQ(window.nextDeadline(), now + 300ms);
}

TEST(Window, ClearedItTakesAnythingAgain)
{
	Window window;
	for (std::size_t i = 0; i <= WINDOW; ++i)
		window.push(OWN, message(std::to_string(i)), START);
	EXPECT_TRUE(window.congested());
	window.clear();
	EXPECT_TRUE(window.empty());
	EXPECT_FALSE(window.push(OWN, message("0"), START).empty());
}
