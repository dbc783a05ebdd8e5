// Padded checks, which ask how large a datagram may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/transport/udp-punch/ice/CheckMessage.h"
#include "tests/unit/udp-punch/ice/World.h"

namespace gimlet::udp_punch::ice::test
{

using testing::ElementsAre;

TEST(IceProbe, ProbesAreAsLongAsAskedAndAnsweredByWhoDoesNotKnowThem)
{
	World world;
	world.alice.open({"192.0.2.1:1000"});
	world.bob.open({"192.0.2.2:2000"});
	world.introduce();
	EXPECT_FALSE(world.alice.agent().probe(1400, world.now)) << "no pair yet";
	ASSERT_TRUE(world.runUntil([&] { return world.bothSelected(); }, 1s));
	std::size_t largest = 0;
	const std::size_t mtu = 1472;
	world.passes = [&](Datagram& datagram)
	{
		largest = std::max(largest, datagram.bytes.size());
		return datagram.bytes.size() <= mtu;
	};
	ASSERT_TRUE(world.alice.agent().probe(1472, world.now));
	EXPECT_FALSE(world.alice.agent().probe(1300, world.now)) << "one at a time";
	world.run(100ms);
	EXPECT_EQ(largest, 1472U);
	EXPECT_THAT(world.alice.probes, ElementsAre(true));
	ASSERT_TRUE(world.alice.agent().probe(8972, world.now));
	world.run(2999ms);
	EXPECT_EQ(world.alice.probes.size(), 1U);
	world.run(1ms);
	EXPECT_THAT(world.alice.probes, ElementsAre(true, false));
	EXPECT_EQ(largest, 8972U);
	EXPECT_EQ(world.alice.count(Event::Doubtful), 0U) << "too long says nothing about the path";
	EXPECT_FALSE(world.alice.agent().probe(70000, world.now));
}

TEST(IceProbe, PaddingMayBeIgnored)
{
	Buffer buffer;
	writeRequest(buffer, {.username = "a:b", .pwd = "secret", .priority = 1, .size = 1200});
	ASSERT_EQ(buffer.size(), 1200U);
	const auto message = stun::MessageView::parse(buffer);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->integrity(asBytes("secret")), stun::Check::Valid);
	EXPECT_EQ(message->fingerprint(), stun::Check::Valid);
	std::array<std::uint16_t, 4> unknown{};
	EXPECT_EQ(unknownAttributes(*message, unknown), 0U);
	for (const auto& attribute : *message)
		if (attribute.type == attribute::PATH_PADDING || attribute.type == attribute::NOMINATION)
		{
			EXPECT_FALSE(stun::comprehensionRequired(attribute.type));
		}
	for (std::size_t size = 0; size < 400; ++size)
	{
		writeRequest(buffer, {.username = "a:b", .pwd = "secret", .priority = 1, .size = size});
		EXPECT_EQ(buffer.size() % 4, 0U);
		EXPECT_GE(buffer.size() + 3, size);
		EXPECT_TRUE(buffer.size() < size + 4 || buffer.size() < 120) << size;
	}
}

}
