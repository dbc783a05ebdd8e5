#include "plugins/transport/udp-punch/hard/PortGuess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

using namespace gimlet;
using namespace gimlet::udp_punch::hard;

namespace
{

Below seeded(unsigned seed)
{
	return [random = std::mt19937{seed}](std::uint32_t bound) mutable { return random() % bound; };
}

NatBehaviour sequence(std::vector<std::uint16_t> ports, int step)
{
	NatBehaviour nat;
	nat.mapping = MappingBehaviour::AddressDependent;
	nat.assignment = PortAssignment::Sequential;
	nat.step = step;
	nat.ports = std::move(ports);
	return nat;
}

}

TEST(HardPortGuess, EveryPortComesOnce)
{
	PortGuess guess{{}, seeded(1)};
	std::set<std::uint16_t> seen;
	while (const auto port = guess.next())
		EXPECT_TRUE(seen.insert(*port).second);
	EXPECT_EQ(seen.size(), 65536U - 1024U);
	EXPECT_EQ(*seen.begin(), 1024);
}

TEST(HardPortGuess, ASequenceIsWalkedAlongFirst)
{
	PortGuess up{sequence({5000, 5002}, 2), seeded(1)};
	EXPECT_EQ(up.next(), 5004);
	EXPECT_EQ(up.next(), 5006);
	PortGuess down{sequence({5000}, -1), seeded(1)};
	EXPECT_EQ(down.next(), 4999);
	PortGuess end{sequence({65535}, 1), seeded(1)};
	EXPECT_TRUE(end.next().has_value()) << "what lies beyond the last port is left out";
}

TEST(HardPortGuess, ABlockIsLookedThroughBeforeTheRest)
{
	NatBehaviour nat;
	nat.mapping = MappingBehaviour::AddressDependent;
	nat.assignment = PortAssignment::Random;
	nat.ports = {40'001, 40'030, 40'012, 40'060};
	EXPECT_EQ(blockOf(nat), (std::pair<std::uint16_t, std::uint16_t>{40'001, 40'060}));
	PortGuess guess{nat, seeded(3)};
	for (int i = 0; i < 178; ++i)
		EXPECT_THAT(
			guess.next(), testing::Optional(testing::AllOf(testing::Ge(39'942), testing::Le(40'119))));
	nat.ports = {40'001, 50'000, 40'012, 40'060};
	EXPECT_FALSE(blockOf(nat));
	nat.ports = {40'001, 40'002, 40'003};
	EXPECT_FALSE(blockOf(nat)) << "three are too few";
}

TEST(HardPortGuess, AheadIsWhereTheSequenceWillBe)
{
	EXPECT_EQ(ahead(sequence({5000, 5001}, 1), 20), 5021);
	EXPECT_EQ(ahead(sequence({1030}, -1), 20), std::nullopt);
	EXPECT_EQ(ahead({}, 20), std::nullopt);
}
