#include "plugins/signaling/rendezvous/RandomStock.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace gimlet::rendezvous_client
{

namespace
{

TEST(RandomStock, GivesNothingTwiceAndAsksSeldom)
{
	std::uint32_t next = 0;
	int asked = 0;
	RandomStock stock(
		[&](std::span<std::uint8_t> out)
		{
			++asked;
			for (std::size_t i = 0; i + 3 < out.size(); i += 4)
			{
				++next;
				for (std::size_t byte = 0; byte < 4; ++byte)
					out[i + byte] = static_cast<std::uint8_t>(next >> 8 * byte);
			}
		});
	std::set<std::vector<std::uint8_t>> masks;
	for (int i = 0; i < 1000; ++i)
	{
		std::vector<std::uint8_t> mask(4);
		stock(mask);
		masks.insert(mask);
	}
	EXPECT_EQ(masks.size(), 1000U);
	EXPECT_EQ(asked, 4);
	std::vector<std::uint8_t> much(5000);
	stock(much);
	EXPECT_EQ(asked, 5);
	EXPECT_EQ(much[4999], static_cast<std::uint8_t>(next >> 24));
	EXPECT_EQ(much[4996], static_cast<std::uint8_t>(next));
}

}

}
