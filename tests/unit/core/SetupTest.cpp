#include "node/core/Setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gimlet::core
{

namespace
{

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> problemsOf(const std::string& node)
{
	Setup setup{
		{.file = "node.ini", .text = "[node]\n" + node + "\n", .overrides = {}, .environment = {}}, {}};
	return setup.problems().lines();
}

TEST(SetupTest, ANameIsMeasuredInCharacters)
{
	std::string name;
	for (int i = 0; i < 64; ++i)
		name += "\u00e4";
	EXPECT_THAT(problemsOf("name = " + name), Not(Contains(HasSubstr("[node] name"))));
	EXPECT_THAT(problemsOf("name = " + name + "x"), Contains(HasSubstr("is longer than 64 characters")));
}

}

}
