// The whole link over bad paths: what is sent arrives, whatever is lost on the way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/Seeds.h"
#include "tests/sim/stack/HomesScene.h"
#include "tests/sim/stack/Transfer.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t MESSAGES = 10'000;
constexpr std::uint64_t TOTAL = 100U << 20U;

/// An access line that loses, doubles and mixes up.
LinkSettings badLine()
{
	auto line = ACCESS;
	line.loss = 0.05;
	line.duplication = 0.03;
	line.reordering = 0.03;
	return line;
}

}

TEST(SimLink, chatIsCompleteOnceAndInOrderThroughABadPath)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.annaLine().set(badLine());
			scene.start();
			ASSERT_TRUE(scene.link()) << scene.explain();
			std::vector<std::string> said;
			for (std::size_t number = 0; number < MESSAGES; ++number)
			{
				said.push_back(fmt::format("message {} {}", number, std::string(number % 200, '.')));
				scene.anna->say(said.back());
			}
			const auto begun = scene.world.now();
			const auto arrived = [&]
			{ return scene.ben->received.size() >= MESSAGES && scene.anna->waiting() == 0; };
			ASSERT_TRUE(scene.world.runUntil(arrived, 30min)) << scene.explain();
			fmt::print("{} messages in {} ms of virtual time, {} repeated, {} packets lost\n", MESSAGES,
				milliseconds(scene.world.now() - begun), scene.ben->repeated,
				scene.world.log().count("lost"));
			EXPECT_TRUE(scene.ben->received == said) << "complete, once, in order";
		});
}

TEST(SimLink, aHundredMebibytesArriveThroughABadPath)
{
	withSeed(1,
		[](std::uint64_t seed)
		{
			HomesScene scene{seed};
			scene.annaLine().set(badLine());
			scene.start();
			Receiver receiver;
			scene.ben->channels = &receiver;
			ASSERT_TRUE(scene.link()) << scene.explain();
			Sender sender{TOTAL, 64U << 10U};
			ChannelOptions options;
			options.label = "file";
			auto* channel = scene.anna->link()->open(options, sender);
			ASSERT_NE(channel, nullptr);
			sender.begin(*channel);
			const auto begun = scene.world.now();
			ASSERT_TRUE(scene.world.runUntil([&] { return receiver.received >= TOTAL; }, 10h))
				<< receiver.received << " of " << TOTAL << " " << sender.reason << "\n"
				<< scene.explain();
			fmt::print("{} MiB in {} s of virtual time\n", TOTAL >> 20U,
				milliseconds(scene.world.now() - begun) / 1000);
			EXPECT_EQ(receiver.received, TOTAL);
			EXPECT_TRUE(receiver.inOrder);
		});
}

TEST(SimLink, aThousandLinksAtTenPercentLoss)
{
	std::vector<Duration> times;
	forSeeds(1, 1000,
		[&](std::uint64_t seed)
		{
			HomesScene scene{seed};
			auto line = ACCESS;
			line.loss = 0.1;
			scene.annaLine().set(line);
			scene.start();
			scene.anna->say("first");
			scene.ben->say("first");
			ASSERT_TRUE(scene.world.runUntil(
				[&] { return !scene.anna->received.empty() || !scene.ben->received.empty(); }, 60s))
				<< scene.explain();
			times.push_back(scene.world.now() - scene.joined);
		});
	std::sort(times.begin(), times.end());
	fmt::print("first message: median {} ms, p99 {} ms, worst {} ms\n", milliseconds(times[times.size() / 2]),
		milliseconds(times[times.size() * 99 / 100]), milliseconds(times.back()));
	EXPECT_LT(times[times.size() * 99 / 100], 3s);
}
