// What libraries see of a world: its time and its chance; and a run can be had again.
#include "tests/sim/net/VirtualTime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/rand.h>
#include <sys/time.h>

#include <thread>

#include "tests/sim/Seeds.h"
#include "tests/sim/net/SignalingRoom.h"
#include "tests/sim/net/World.h"

using namespace gimlet;
using namespace gimlet::sim;
using namespace std::chrono_literals;
using testing::ElementsAre;

extern "C" int read_random(void* out, int count);

namespace
{

std::int64_t wallSeconds()
{
	timeval now{};
	gettimeofday(&now, nullptr);
	return now.tv_sec;
}

}

TEST(SimVirtualTime, allClocksOfTheThreadFollowTheWorld)
{
	const auto realBefore = std::chrono::steady_clock::now();
	const auto wallBefore = std::time(nullptr);
	{
		World world{1};
		EXPECT_EQ(std::chrono::steady_clock::now(), world.now());
		const auto wall = std::time(nullptr);
		world.run(36h + 250ms);
		EXPECT_EQ(std::chrono::steady_clock::now(), world.now());
		EXPECT_EQ(std::time(nullptr) - wall, 36 * 3600);
		EXPECT_EQ(wallSeconds() - wall, 36 * 3600);
		EXPECT_EQ(
			std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(wall), 36h + 250ms);
		EXPECT_LT(wallSeconds(), VirtualTime::WALL_AT_ZERO.count() + 1100 * 3600);
		EXPECT_THROW((World{2}), std::logic_error);
		EXPECT_LT(std::clock(), 36L * 3600 * CLOCKS_PER_SEC) << "CPU time stays what it is";
		std::thread{[&] { EXPECT_LT(std::chrono::steady_clock::now() - realBefore, 1h); }}.join();
	}
	EXPECT_LT(std::chrono::steady_clock::now() - realBefore, 1h);
	EXPECT_LT(std::time(nullptr) - wallBefore, 3600);
}

TEST(SimVirtualTime, chanceOfLibrariesComesFromTheSeed)
{
	const auto draw = []
	{
		std::array<std::uint8_t, 24> bytes{};
		EXPECT_EQ(RAND_bytes(bytes.data(), 8), 1);
		EXPECT_EQ(RAND_priv_bytes(bytes.data() + 8, 8), 1);
		EXPECT_EQ(read_random(bytes.data() + 16, 8), 8);
		return bytes;
	};
	const auto drawIn = [&](std::uint64_t seed)
	{
		const World world{seed};
		return draw();
	};
	EXPECT_EQ(drawIn(5), drawIn(5));
	EXPECT_NE(drawIn(5), drawIn(6));
	EXPECT_NE(draw(), draw()) << "outside of worlds it is the system's";
}

TEST(SimVirtualTime, twoRunsOfASeedHaveTheSamePackets)
{
	const auto run = [](std::uint64_t seed)
	{
		World world{seed};
		auto& home =
			world.nat("home", world.internet(), {"203.0.113.1"}, {.allocation = PortAllocation::Random});
		auto& anna = world.host("anna", home.inside().network(), {"192.168.1.2"});
		auto& ben = world.host("ben", world.internet(), {"198.51.100.2"});
		ben.interfaces().front().set(
			{.delay = 5ms, .jitter = 3ms, .loss = 0.1, .duplication = 0.1, .reordering = 0.1});
		const auto there = ben.open("198.51.100.2:7000");
		there->receiver = [&](ByteView datagram, const Path& path, TimePoint)
		{ there->send(datagram, path.remote); };
		const auto port = anna.open("192.168.1.2:0");
		for (int number = 0; number < 200; ++number)
		{
			port->send(asBytes(std::to_string(world.random().next())), there->localEndpoint());
			world.run(1ms);
		}
		world.run(1s);
		return std::pair{world.log().digest(), world.log().text()};
	};
	EXPECT_EQ(run(9), run(9));
	EXPECT_NE(run(9).first, run(10).first);
}

TEST(SimSignaling, offersAndCarriesInOrderWithDelay)
{
	World world{1};
	SignalingRoom room{world.agenda(), 25ms};
	std::vector<std::string> heard;
	const auto member = [&](const std::string& name)
	{
		return SignalingRoom::Member{[&, name](const PeerOffer& offer)
			{
				heard.push_back(name + " offered " + offer.peer + " " + offer.session);
				room.send(name, offer.peer, offer.session, "hi");
			},
			[&, name](const PeerId& from, const std::string&, const std::string& data)
			{ heard.push_back(name + " hears " + data + " of " + from); },
			[&, name](const PeerId& peer) { heard.push_back(name + " misses " + peer); }};
	};
	room.join("a", member("a"));
	world.run(1s);
	room.join("b", member("b"));
	world.run(49ms);
	EXPECT_THAT(heard, testing::IsEmpty());
	world.run(1ms);
	EXPECT_THAT(heard, ElementsAre("b offered a session-00000001", "a offered b session-00000001"));
	world.run(50ms);
	ASSERT_EQ(heard.size(), 4U);
	EXPECT_EQ(heard[2], "a hears hi of b");

	heard.clear();
	EXPECT_TRUE(room.send("a", "b", "s", "on its way"));
	room.setReachable(false);
	EXPECT_FALSE(room.send("a", "b", "s", "lost"));
	world.run(1s);
	EXPECT_THAT(heard, testing::IsEmpty());
	room.setReachable(true);
	world.run(1s);
	EXPECT_EQ(heard.size(), 4U) << "offered anew";

	heard.clear();
	room.tamper = [](const PeerId&, const PeerId&, const std::string& data)
	{ return data == "bad" ? std::nullopt : std::optional{data + "!"}; };
	room.send("a", "b", "s", "bad");
	room.send("a", "b", "s", "good");
	room.leave("a");
	world.run(1s);
	EXPECT_THAT(heard, ElementsAre("b misses a", "b hears good! of a"));
}

TEST(SimSeeds, theEnvironmentChoosesOne)
{
	std::vector<std::uint64_t> seen;
	setenv("GIMLET_SIM_SEED", "17", 1);
	forSeeds(1, 5, [&](std::uint64_t seed) { seen.push_back(seed); });
	unsetenv("GIMLET_SIM_SEED");
	EXPECT_THAT(seen, ElementsAre(17U));
	EXPECT_EQ(replay(17),
		"to repeat it: GIMLET_SIM_SEED=17 sim-tests --gtest_filter=SimSeeds.theEnvironmentChoosesOne");
}
