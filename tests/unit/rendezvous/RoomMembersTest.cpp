#include "plugins/signaling/rendezvous/RoomMembers.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

using namespace std::chrono_literals;

namespace gimlet::rendezvous_client
{

namespace
{

const TimePoint NOW{std::chrono::hours{1}};

TEST(RoomMembers, WhoDoesNotComeBackIsMissing)
{
	RoomMembers members;
	members.connected(NOW);
	EXPECT_EQ(members.nextDeadline(), NEVER);
	members.offered("anna");
	members.offered("ben");
	members.disconnected();
	members.connected(NOW + 5s);
	members.offered("ben");
	EXPECT_TRUE(members.takeMissing(NOW + 64s).empty());
	EXPECT_EQ(members.takeMissing(NOW + 65s), std::vector<PeerId>{"anna"});
	EXPECT_TRUE(members.left("ben"));
	EXPECT_FALSE(members.left("anna"));
}

TEST(RoomMembers, ARendezvousThatInventsOthersAtEachConnectionFillsNoMemory)
{
	RoomMembers members;
	for (int connection = 0; connection < 3; ++connection)
	{
		for (std::size_t i = 0; i < RoomMembers::MAX_MEMBERS; ++i)
			members.offered(fmt::format("{}-{}", connection, i));
		members.disconnected();
		members.connected(NOW);
	}
	EXPECT_EQ(members.takeMissing(NOW + RoomMembers::PATIENCE).size(), RoomMembers::MAX_MEMBERS);
}

}

}
