#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/signaling/lan/Interfaces.h"
#include "plugins/signaling/lan/LanSignaling.h"
#include "tests/support/FakeContext.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::lan
{

namespace
{

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> problems(std::map<std::string, std::string> changes)
{
	test::ManualLoop loop;
	test::FakeContext context{loop, "lan"};
	LanSignaling plugin{context};
	test::FakeProblems result;
	changes.insert({{"room", "lobby"}, {"token", ""}, {"interfaces", ""},
		{"group", "239.255.71.76, ff12::4c:414e"}, {"port", "18081"}});
	plugin.configure(test::settings("lan", changes), result);
	return result.all;
}

TEST(LanConfigurationTest, TakesWhatIsRight)
{
	EXPECT_THAT(problems({}), IsEmpty());
	EXPECT_THAT(problems({{"group", "239.1.2.3"}}), IsEmpty());
	EXPECT_THAT(problems({{"group", "ff02::1:2"}}), IsEmpty());
}

TEST(LanConfigurationTest, SaysWhatIsWrong)
{
	EXPECT_THAT(problems({{"room", "no room"}}), ElementsAre(StartsWith("room: ")));
	EXPECT_THAT(problems({{"group", ""}}), ElementsAre(StartsWith("group: is empty")));
	EXPECT_THAT(problems({{"group", "10.0.0.1"}}), ElementsAre(StartsWith("group: ")));
	EXPECT_THAT(problems({{"group", "ff15::1"}}), ElementsAre(StartsWith("group: "))) << "beyond the link";
	EXPECT_THAT(problems({{"group", "239.1.2.3, 239.1.2.4"}}), ElementsAre(StartsWith("group: names more")));
}

TEST(LanInterfacesTest, NamesChooseAndLoopbackMustBeNamed)
{
	using Names = std::vector<std::string>;
	EXPECT_TRUE(uses({}, "eth0", false));
	EXPECT_FALSE(uses({}, "lo", true));
	EXPECT_FALSE(uses(Names{"!docker*"}, "docker0", false));
	EXPECT_TRUE(uses(Names{"!docker*"}, "eth0", false));
	EXPECT_FALSE(uses(Names{"!docker*"}, "lo", true));
	EXPECT_TRUE(uses(Names{"wl*"}, "wlan0", false));
	EXPECT_FALSE(uses(Names{"wl*"}, "eth0", false));
	EXPECT_TRUE(uses(Names{"wl*", "lo"}, "lo", true));
	EXPECT_FALSE(uses(Names{"*"}, "lo", true));
	EXPECT_FALSE(uses(Names{"!eth*", "eth0"}, "eth0", false));
}

}

}
