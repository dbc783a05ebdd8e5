#include "node/core/plugin/PluginLibrary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/core/plugin/PluginCatalogue.h"
#include "tests/support/TempFolder.h"

namespace gimlet::core
{

namespace
{

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

const std::string GOOD = std::string{GIMLET_FIXTURES} + "/good";
const std::string BROKEN = std::string{GIMLET_FIXTURES} + "/broken";

/// Why a broken fixture is refused; "fine" if it is not.
std::string refusal(const std::string& name)
{
	try
	{
		const PluginLibrary library{BROKEN + "/" + name + ".so"};
		return "fine";
	}
	catch (const PluginLibraryError& error)
	{
		return error.what();
	}
}

}

TEST(PluginLibrary, OpensOneThatFits)
{
	const PluginLibrary library{GOOD + "/probe.so"};
	EXPECT_STREQ(library.descriptor().name, "probe");
	EXPECT_STREQ(library.descriptor().role, "service");
	ASSERT_EQ(library.keys().size(), 4U);
	EXPECT_STREQ(library.keys()[0].name, "greeting");
}

TEST(PluginLibrary, RefusesAForeignApi)
{
	EXPECT_EQ(refusal("foreign-api"), "was built for plugin API version 99, and this node has version " +
										  std::to_string(GIMLET_API_VERSION) +
										  "; build it against this node's headers");
}

TEST(PluginLibrary, RefusesAForeignBuild)
{
	EXPECT_EQ(refusal("foreign-build"),
		"was built with \"msvc-19\", and this node with \"" GIMLET_BUILD_SIGNATURE
		"\"; build both with the same compiler and libraries");
}

TEST(PluginLibrary, RefusesADescriptorThatDoesNotFit)
{
	EXPECT_EQ(refusal("foreign-role"),
		"has the role \"juggler\"; the roles are discovery, signaling, transport, frontend, service");
	EXPECT_EQ(refusal("wrong-name"),
		"calls itself \"right-name\" but its file is named wrong-name.so; both must be the same");
	EXPECT_EQ(
		refusal("wrong-default"), "the default \"99\" of the key \"size\" is out of range; 1 to 9 is right");
	EXPECT_EQ(refusal("no-factory"), "has no factory in its descriptor");
}

TEST(PluginLibrary, RefusesALibraryThatIsNoPlugin)
{
	EXPECT_EQ(refusal("no-descriptor"), "is no plugin of Gimlet: it has no symbol gimlet_plugin_descriptor");
	EXPECT_EQ(refusal("null-descriptor"), "returns no descriptor");
	EXPECT_THAT(refusal("missing-symbol"),
		MatchesRegex("cannot be loaded: undefined symbol: gimlet_fixture_that_is_nowhere.*"));
	EXPECT_THAT(refusal("not-there"), MatchesRegex("cannot be loaded: cannot open shared object file.*"));
}

TEST(PluginLibrary, RefusesAFileThatIsNoLibrary)
{
	const test::TempFolder folder;
	try
	{
		const PluginLibrary library{folder.write("text.so", "hello")};
		FAIL();
	}
	catch (const PluginLibraryError& error)
	{
		EXPECT_THAT(error.what(), StartsWith("cannot be loaded: "));
		EXPECT_THAT(error.what(), testing::Not(HasSubstr(folder.path())));
	}
}

TEST(PluginLibrary, RefusesADescriptorWithTextsMissing)
{
	constexpr GimletConfigKey TWICE[] = {{"a", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, "Help."},
		{"a", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, "Help."}};
	constexpr GimletConfigKey NO_HELP[] = {{"a", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, ""}};
	constexpr GimletConfigKey NO_TEXT[] = {
		{"a", GIMLET_TEXT, nullptr, "", 0, "", GIMLET_ALIAS_VALUE, "Help."}};
	constexpr GimletConfigKey NEW_TYPE[] = {
		{"a", static_cast<GimletValueType>(99), "", "", 0, "", GIMLET_ALIAS_VALUE, "Help."}};
	constexpr GimletConfigKey NEW_ALIAS[] = {
		{"a", GIMLET_TEXT, "", "", 0, "", static_cast<GimletAlias>(9), "Help."}};
	const auto complaint =
		[](const GimletConfigKey* keys, std::size_t count, const char* summary = "Summary.")
	{
		try
		{
			checkDescriptor({GIMLET_API_VERSION, GIMLET_BUILD_SIGNATURE, "service", "a", "1.0", summary, keys,
								count, [](Context&) -> Plugin* { return nullptr; }},
				"a");
			return std::string{"fine"};
		}
		catch (const PluginLibraryError& error)
		{
			return std::string{error.what()};
		}
	};
	EXPECT_EQ(complaint(nullptr, 0), "fine");
	EXPECT_EQ(complaint(nullptr, 1), "declares 1 keys but has no list of them");
	EXPECT_EQ(complaint(nullptr, 0, nullptr), "has no version or no summary in its descriptor");
	EXPECT_EQ(complaint(TWICE, 2), "the key \"a\" is declared twice");
	EXPECT_EQ(complaint(NO_HELP, 1), "the declared key \"a\" has no name or no help text");
	EXPECT_EQ(complaint(NO_TEXT, 1), "a declared key has an empty (null) text");
	EXPECT_EQ(complaint(NEW_TYPE, 1), "the key \"a\" is of type 99, which this node does not know");
	EXPECT_EQ(complaint(NEW_ALIAS, 1), "the key \"a\" has an alias of kind 9, which this node does not know");
}

TEST(PluginCatalogue, FindsFilesAndTellsLaterWhatIsWrongWithThem)
{
	PluginCatalogue catalogue{{GOOD, "/nowhere", BROKEN}};
	EXPECT_TRUE(catalogue.has("probe"));
	EXPECT_TRUE(catalogue.has("foreign-api"));
	EXPECT_FALSE(catalogue.has("stun"));
	EXPECT_NE(catalogue.library("probe"), nullptr);
	EXPECT_EQ(catalogue.library("probe"), catalogue.library("probe"));
	EXPECT_EQ(catalogue.library("foreign-api"), nullptr);
	EXPECT_THAT(
		catalogue.error("foreign-api"), StartsWith(BROKEN + "/foreign-api.so: was built for plugin API"));
	EXPECT_EQ(catalogue.library("stun"), nullptr);
	EXPECT_EQ(catalogue.error("stun"), "there is no plugin \"stun\"");
	EXPECT_EQ(catalogue.error("probe"), "");
}

TEST(PluginCatalogue, TheFirstFolderCounts)
{
	const test::TempFolder folder;
	folder.write("probe.so", "not a library");
	PluginCatalogue catalogue{{folder.path(), GOOD}};
	EXPECT_EQ(catalogue.path("probe"), folder.path() + "/probe.so");
	EXPECT_EQ(catalogue.library("probe"), nullptr);
}

}
