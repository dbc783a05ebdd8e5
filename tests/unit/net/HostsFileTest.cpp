#include "node/core/net/HostsFile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/TempFolder.h"

namespace gimlet::core
{

namespace
{

std::vector<std::string> texts(const std::vector<Endpoint>& endpoints)
{
	std::vector<std::string> result;
	for (const auto& endpoint : endpoints)
		result.push_back(endpoint.toString());
	return result;
}

TEST(HostsFile, KnowsNamesAndTheirOtherNames)
{
	const test::TempFolder folder;
	HostsFile hosts{folder.write("hosts", "# a comment\n"
										  "192.0.2.7\tnode.example Node  # not this\n"
										  "2001:db8::7 node.example\n"
										  "  192.0.2.8 node.example.\r\n"
										  "192.0.2.7 node.example\n"
										  "nonsense broken.example\n"
										  "192.0.2.9\n"
										  "192.0.2.10 last.example")};
	EXPECT_THAT(texts(hosts.find("NODE.example", 80)),
		testing::ElementsAre("[2001:db8::7]:80", "192.0.2.7:80", "192.0.2.8:80"));
	EXPECT_THAT(texts(hosts.find("node.", 1)), testing::ElementsAre("192.0.2.7:1"));
	EXPECT_THAT(texts(hosts.find("last.example", 1)), testing::ElementsAre("192.0.2.10:1"));
	for (const auto* unknown : {"", ".", "#", "not", "this", "broken.example", "example"})
		EXPECT_THAT(hosts.find(unknown, 1), testing::IsEmpty()) << unknown;
}

TEST(HostsFile, IsReadAgainOnlyWhenItHasChanged)
{
	const test::TempFolder folder;
	const auto path = folder.write("hosts", "192.0.2.7 node.example\n");
	HostsFile hosts{path};
	for (int i = 0; i < 3; ++i)
		EXPECT_EQ(hosts.find("node.example", 1).size(), 1U);
	EXPECT_EQ(hosts.readings(), 1U);
	folder.write("hosts", "192.0.2.8 other.example\n192.0.2.8 node.example\n");
	EXPECT_THAT(texts(hosts.find("node.example", 1)), testing::ElementsAre("192.0.2.8:1"));
	EXPECT_EQ(hosts.readings(), 2U);
	std::filesystem::remove(path);
	EXPECT_TRUE(hosts.find("node.example", 1).empty());
	std::filesystem::create_directory(path);
	EXPECT_TRUE(hosts.find("node.example", 1).empty());
	EXPECT_EQ(hosts.readings(), 2U);
}

}

}
