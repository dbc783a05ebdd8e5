#include "node/core/identity/PinStore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "tests/support/TempFolder.h"

namespace gimlet::core
{

namespace
{

using testing::HasSubstr;

const PeerId ANNA = "5a7a78cc-a4a0-8420-99bc-62bb669c3c27";
const PeerId OTHER = "0b6f3c1e-8d5b-8d7e-9b1a-2f0c5a9e7d31";
const PeerId VERSION_4 = "0b6f3c1e-8d5b-4d7e-9b1a-2f0c5a9e7d31";

class PinStoreTest : public testing::Test
{
protected:
	const test::TempFolder folder;
	const std::string path = folder.path() + "/pins.json";

	/// What is said of a file with some content; the file must be left as it is.
	std::string refusalOf(const std::string& content) const
	{
		folder.write("pins.json", content);
		try
		{
			const PinStore store{path};
		}
		catch (const StateError& error)
		{
			EXPECT_EQ(StateError::CONFIGURATION, error.exitCode());
			EXPECT_EQ(content, test::readFile(path));
			return error.what();
		}
		return "";
	}

	template <typename Act>
	static std::string refusal(Act act)
	{
		try
		{
			act();
		}
		catch (const StateError& error)
		{
			return error.what();
		}
		return "";
	}
};

}

TEST_F(PinStoreTest, remembersAcrossRuns)
{
	{
		PinStore store{path};
		EXPECT_TRUE(store.lasting());
		EXPECT_FALSE(store.find("anna"));
		store.pin("anna", ANNA);
		store.pin("J\u00f6rg \"the\\ \U0001F600", OTHER);
	}
	struct stat status
	{
	};
	ASSERT_EQ(0, stat(path.c_str(), &status));
	EXPECT_EQ(0600U, status.st_mode & 07777U);
	{
		PinStore store{path};
		EXPECT_EQ(ANNA, store.find("anna"));
		EXPECT_EQ(OTHER, store.find("J\u00f6rg \"the\\ \U0001F600"));
		EXPECT_EQ("anna", store.nameOf(ANNA));
		EXPECT_FALSE(store.find("Anna"));
		store.unpin("anna");
		store.unpin("nobody");
	}
	const PinStore store{path};
	EXPECT_FALSE(store.find("anna"));
	EXPECT_FALSE(store.nameOf(ANNA));
	EXPECT_EQ(1U, store.pins().size());
}

TEST_F(PinStoreTest, withoutAFileItRemembersInMemory)
{
	PinStore store;
	EXPECT_FALSE(store.lasting());
	store.pin("anna", ANNA);
	EXPECT_EQ(ANNA, store.find("anna"));
	store.unpin("anna");
	EXPECT_FALSE(store.find("anna"));
}

TEST_F(PinStoreTest, aNameHasOneIdentity)
{
	PinStore store{path};
	store.pin("anna", ANNA);
	store.pin("anna", OTHER);
	EXPECT_EQ(OTHER, store.find("anna"));
	EXPECT_EQ(1U, store.pins().size());
}

TEST_F(PinStoreTest, onlyNamesAndIdsThatProveThemselvesArePinned)
{
	PinStore store;
	EXPECT_THAT(refusal([&] { store.pin("", ANNA); }), HasSubstr("name"));
	EXPECT_THAT(refusal([&] { store.pin("a\nb", ANNA); }), HasSubstr("name"));
	EXPECT_THAT(refusal([&] { store.pin(std::string(65, 'x'), ANNA); }), HasSubstr("name"));
	EXPECT_THAT(refusal([&] { store.pin("anna", VERSION_4); }), HasSubstr("proves nothing"));
	EXPECT_THAT(refusal([&] { store.pin("anna", ""); }), HasSubstr("proves nothing"));
	EXPECT_TRUE(store.pins().empty());
}

TEST_F(PinStoreTest, isBounded)
{
	PinStore store;
	for (std::size_t i = 0; i < PinStore::MAX_PINS; ++i)
		store.pin(fmt::format("name {}", i), ANNA);
	EXPECT_THAT(refusal([&] { store.pin("one more", ANNA); }), HasSubstr("no more can be kept"));
	store.pin("name 7", OTHER);
	EXPECT_EQ(PinStore::MAX_PINS, store.pins().size());
}

TEST_F(PinStoreTest, aFullFileOfTheLongestNamesIsReadAgain)
{
	std::string body;
	for (std::size_t i = 0; i < PinStore::MAX_PINS; ++i)
	{
		std::string name = fmt::format("{:04}", i);
		for (int character = 0; character < 60; ++character)
			name += "\U0001F600";
		body += fmt::format("{}{{\"name\":\"{}\",\"id\":\"{}\"}}", i == 0 ? "" : ",", name, ANNA);
	}
	folder.write("pins.json", "{\"form\":1,\"pins\":[" + body + "]}");
	const PinStore store{path};
	EXPECT_EQ(PinStore::MAX_PINS, store.pins().size());
}

TEST_F(PinStoreTest, whatItDidNotWriteIsRefusedAndLeftAsItIs)
{
	const auto pins = [](const std::string& list) { return "{\"form\":1,\"pins\":" + list + "}"; };
	EXPECT_EQ("", refusalOf(pins("[]")));
	EXPECT_THAT(refusalOf(""), HasSubstr("it is empty"));
	EXPECT_THAT(refusalOf("{\"form\":1,\"pi"), HasSubstr("verify your peers anew"));
	EXPECT_THAT(refusalOf("{\"form\":2,\"pins\":[]}"), HasSubstr("\"form\" is not 1"));
	EXPECT_THAT(refusalOf("{\"form\":1}"), HasSubstr("\"pins\""));
	EXPECT_THAT(refusalOf(pins("[1]")), HasSubstr("a pin is no name"));
	EXPECT_THAT(refusalOf(pins(R"([{"name":"a","id":")" + VERSION_4 + "\"}]")), HasSubstr("version 8"));
	EXPECT_THAT(refusalOf(pins(R"([{"name":"","id":")" + ANNA + "\"}]")), HasSubstr("a pin is no name"));
	const auto anna = R"({"name":"a","id":")" + ANNA + "\"}";
	EXPECT_THAT(refusalOf(pins("[" + anna + "," + anna + "]")), HasSubstr("of its own"));
	EXPECT_THAT(refusalOf(std::string(PinStore::MAX_PINS * 512 + 1, ' ')), HasSubstr("longer than"));
}

TEST_F(PinStoreTest, aFolderThatIsGoneMakesAPinFail)
{
	PinStore store{folder.path() + "/gone/pins.json"};
	EXPECT_THAT(refusal([&] { store.pin("anna", ANNA); }), HasSubstr("cannot write"));
	EXPECT_FALSE(store.find("anna"));
}

}
