#include "node/core/identity/NodeState.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include <fmt/format.h>

#include "node/core/identity/KeyFile.h"
#include "node/protocol/rendezvous/Names.h"
#include "tests/support/FakeContext.h"
#include "tests/support/TempFolder.h"
#include "tests/unit/identity/Vectors.h"

namespace gimlet::core
{

namespace
{

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Settings nodeSection(const std::string& stateDirectory, const std::string& identity)
{
	const auto value = [](const std::string& text, Origin origin)
	{
		Settings::Value result;
		result.text = text;
		result.origin = origin;
		return result;
	};
	return {"node",
		{{"state_dir", value(stateDirectory, stateDirectory.empty() ? Origin::Default : Origin::File)},
			{"identity", value(identity.empty() ? "file" : identity,
							 identity.empty() ? Origin::Default : Origin::File)}}};
}

/// A node's wish for its state, in a folder of the test's.
struct Wish
{
	std::string stateDirectory;
	std::string identity;
	Environment environment;
	std::string note = "*:8080";
	bool links = true;
	std::string home;
	Settings node = nodeSection(stateDirectory, identity);

	NodeState::Request request() const
	{
		return {.node = node, .environment = environment, .note = note, .links = links, .home = home};
	}

	std::unique_ptr<NodeState> open() const
	{
		return NodeState::open(request());
	}

	/// Why there is no state, and the exit code.
	std::pair<int, std::string> refusal() const
	{
		try
		{
			open();
		}
		catch (const StateError& error)
		{
			return {error.exitCode(), error.what()};
		}
		return {0, ""};
	}
};

class NodeStateTest : public testing::Test
{
protected:
	const test::TempFolder folder;
	const std::string own = folder.path() + "/a/b/own";
	const std::string key = own + "/node.key";

	Wish explicitWish() const
	{
		return {.stateDirectory = own, .identity = {}, .environment = {}, .home = {}};
	}

	Wish sharedWish(const std::string& note) const
	{
		return {.stateDirectory = {},
			.identity = {},
			.environment = {{"XDG_STATE_HOME", folder.path()}},
			.note = note,
			.home = {}};
	}

	static unsigned modeOf(const std::string& path)
	{
		struct stat status
		{
		};
		EXPECT_EQ(0, stat(path.c_str(), &status)) << path;
		return status.st_mode & 07777U;
	}

	void damage(const std::string& content, unsigned mode = 0600) const
	{
		folder.write("a/b/own/node.key", content);
		ASSERT_EQ(0, chmod(key.c_str(), mode));
	}

	/// What is said of the present key file, which must be left as it is.
	std::string refusalOfKey() const
	{
		const auto before = test::readFile(key);
		const auto [exitCode, message] = explicitWish().refusal();
		EXPECT_EQ(StateError::CONFIGURATION, exitCode);
		EXPECT_THAT(message, HasSubstr(key));
		EXPECT_EQ(before, test::readFile(key));
		return message;
	}
};

}

TEST_F(NodeStateTest, aNodeStaysWhoItIs)
{
	PeerId id;
	{
		const auto state = explicitWish().open();
		id = state->identity().id();
		EXPECT_THAT(state->notes(), ElementsAre(HasSubstr("made a new key")));
		EXPECT_EQ(8, rendezvous::uuidVersion(rendezvous::workerId(id).value()));
		state->pins().pin("anna", test::WORKER_ID);
	}
	EXPECT_EQ(0600U, modeOf(key));
	EXPECT_EQ(0700U, modeOf(own));
	const auto again = explicitWish().open();
	EXPECT_EQ(id, again->identity().id());
	EXPECT_EQ(test::WORKER_ID, again->pins().find("anna"));
	EXPECT_THAT(again->notes(), IsEmpty());
	EXPECT_FALSE(std::filesystem::exists(key + ".new"));
}

TEST_F(NodeStateTest, aHalfWrittenKeyOfACrashIsNoHindrance)
{
	folder.write("a/b/own/node.key.new", "-----BEGIN PRIV");
	const auto id = explicitWish().open()->identity().id();
	EXPECT_EQ(id, explicitWish().open()->identity().id());
	EXPECT_FALSE(std::filesystem::exists(key + ".new"));
}

TEST_F(NodeStateTest, aDirectoryOfItsOwnIsOneNodes)
{
	const auto first = explicitWish().open();
	const auto [exitCode, message] = explicitWish().refusal();
	EXPECT_EQ(StateError::UNAVAILABLE, exitCode);
	EXPECT_THAT(message,
		AllOf(HasSubstr(own), HasSubstr(fmt::format("process {},", getpid())), HasSubstr("state_dir")));
}

TEST_F(NodeStateTest, aKeyThatWillNotDoIsAnErrorAndStays)
{
	damage("");
	EXPECT_THAT(refusalOfKey(), AllOf(HasSubstr("it is empty"), HasSubstr("mv " + key)));
	damage(test::PRIVATE_KEY.substr(0, 100));
	EXPECT_THAT(refusalOfKey(), HasSubstr("no unencrypted private key"));
	damage(std::string(5000, 'x'));
	EXPECT_THAT(refusalOfKey(), HasSubstr("is longer than"));
	damage(test::PRIVATE_KEY, 0640);
	EXPECT_THAT(refusalOfKey(), AllOf(HasSubstr("(mode 0640)"), HasSubstr("chmod 600 " + key)));
	damage(test::PRIVATE_KEY, 0604);
	EXPECT_THAT(refusalOfKey(), HasSubstr("others than its owner"));
	// secp384r1, made by openssl genpkey.
	damage("-----BEGIN PRIVATE KEY-----\n"
		   "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDTKo+h9bUvLJ0Y2P4K\n"
		   "-----END PRIVATE KEY-----\n");
	EXPECT_THAT(refusalOfKey(), HasSubstr("cannot be used"));
	damage(test::PRIVATE_KEY);
	EXPECT_EQ(test::WORKER_ID, explicitWish().open()->identity().id());
}

TEST_F(NodeStateTest, aKeyThatIsNoFileIsAnError)
{
	std::filesystem::create_directories(key);
	EXPECT_THAT(explicitWish().refusal().second, HasSubstr("no regular file"));
}

TEST_F(NodeStateTest, damagedPinsAreAnErrorAndStay)
{
	folder.write("a/b/own/pins.json", "{");
	const auto [exitCode, message] = explicitWish().refusal();
	EXPECT_EQ(StateError::CONFIGURATION, exitCode);
	EXPECT_THAT(message, HasSubstr("pins.json"));
	EXPECT_EQ("{", test::readFile(own + "/pins.json"));
}

TEST_F(NodeStateTest, aFolderThatEverybodyMayWriteToIsNoPlaceForAKey)
{
	folder.write("a/b/own/something", "");
	ASSERT_EQ(0, chmod(own.c_str(), 0777));
	EXPECT_THAT(explicitWish().refusal().second, HasSubstr("chmod o-w " + own));
	ASSERT_EQ(0, chmod(own.c_str(), 01777));
	EXPECT_EQ(0, explicitWish().refusal().first);
}

TEST_F(NodeStateTest, aPlaceThatCannotBeMadeIsAnError)
{
	folder.write("a/b", "a file");
	const auto [exitCode, message] = explicitWish().refusal();
	EXPECT_EQ(StateError::CONFIGURATION, exitCode);
	EXPECT_THAT(message, AllOf(HasSubstr("cannot use"), HasSubstr(own)));
}

TEST_F(NodeStateTest, nodesThatShareADefaultDirectoryHaveEachTheirOwnPlace)
{
	PeerId first;
	PeerId second;
	{
		const auto one = sharedWish("*:8080").open();
		const auto two = sharedWish("*:8081").open();
		first = one->identity().id();
		second = two->identity().id();
		EXPECT_NE(first, second);
		EXPECT_THAT(two->notes(), testing::Contains(HasSubstr(folder.path() + "/gimlet/node-2 of its own")));
	}
	// Whichever starts first: each gets what it had.
	const auto two = sharedWish("*:8081").open();
	const auto one = sharedWish("*:8080").open();
	EXPECT_EQ(first, one->identity().id());
	EXPECT_EQ(second, two->identity().id());
	const auto three = sharedWish("*:8080").open();
	EXPECT_NE(first, three->identity().id());
	EXPECT_NE(second, three->identity().id());
}

TEST_F(NodeStateTest, aNodeAloneKeepsItsKeyWhereverItListens)
{
	const auto id = sharedWish("*:8080").open()->identity().id();
	EXPECT_EQ(id, sharedWish("*:9999").open()->identity().id());
}

TEST_F(NodeStateTest, aDamagedDefaultIsNotPassedOver)
{
	folder.write("gimlet/node.key", "");
	EXPECT_THAT(sharedWish("*:1").refusal().second, HasSubstr("others than its owner"));
}

TEST_F(NodeStateTest, knowsTheDefaultPlaces)
{
	const auto places = [this](const Environment& environment, const std::string& home)
	{ return defaultStateFolders(environment, home.empty() ? home : folder.path() + home); };
	const auto home = folder.path() + "/home";
	std::filesystem::create_directory(home);
	EXPECT_THAT(places({{"STATE_DIRECTORY", "/var/lib/gimlet:/var/lib/other"}, {"XDG_STATE_HOME", "/x"},
						   {"HOME", home}},
					""),
		ElementsAre("/var/lib/gimlet", "/x/gimlet", home + "/.local/state/gimlet"));
	EXPECT_THAT(places({{"XDG_STATE_HOME", "relative"}, {"HOME", "/nonexistent"}}, "/home"),
		ElementsAre(home + "/.local/state/gimlet"));
	EXPECT_THAT(places({{"HOME", home}}, "/home"), ElementsAre(home + "/.local/state/gimlet"));
	EXPECT_THAT(places({}, ""), IsEmpty());
}

TEST_F(NodeStateTest, withoutAnyPlaceItSaysWhatToSet)
{
	folder.write("file", "");
	Wish wish{.stateDirectory = {},
		.identity = {},
		.environment = {{"STATE_DIRECTORY", folder.path() + "/file"}, {"HOME", "/nonexistent"}},
		.home = "/nonexistent"};
	const auto cures = AllOf(HasSubstr(folder.path() + "/file"), HasSubstr("GIMLET_NODE_STATE_DIR"),
		HasSubstr("GIMLET_NODE_IDENTITY"));
	// Nobody asked for a lasting id, so the node runs without one.
	const auto state = wish.open();
	EXPECT_FALSE(state->lasting());
	EXPECT_FALSE(state->pins().lasting());
	EXPECT_THAT(state->warnings(), ElementsAre(cures));
	wish.node = nodeSection("", "file");
	const auto [exitCode, message] = wish.refusal();
	EXPECT_EQ(StateError::CONFIGURATION, exitCode);
	EXPECT_THAT(message, cures);
}

TEST_F(NodeStateTest, theNextDefaultPlaceServesWhereTheFirstWillNotDo)
{
	folder.write("file", "");
	Wish wish = sharedWish("*:1");
	wish.environment["STATE_DIRECTORY"] = folder.path() + "/file";
	wish.open();
	EXPECT_TRUE(std::filesystem::exists(folder.path() + "/gimlet/node.key"));
}

TEST_F(NodeStateTest, anEphemeralOneLeavesNothing)
{
	Wish wish = explicitWish();
	wish.identity = "ephemeral";
	wish.node = nodeSection("", "ephemeral");
	const auto one = wish.open();
	EXPECT_NE(one->identity().id(), wish.open()->identity().id());
	EXPECT_FALSE(one->pins().lasting());
	EXPECT_THAT(one->notes(), IsEmpty());
}

TEST_F(NodeStateTest, aServerlessServiceIsEphemeralAndSaysSo)
{
	Wish wish = sharedWish("*:8080");
	wish.environment["K_SERVICE"] = "worker";
	EXPECT_EQ(NodeState::Kind::Ephemeral, NodeState::kindOf(wish.request()));
	EXPECT_THAT(
		wish.open()->notes(), ElementsAre(HasSubstr("a new one at each start, since K_SERVICE is set")));
	wish.node = nodeSection("", "file");
	EXPECT_EQ(NodeState::Kind::File, NodeState::kindOf(wish.request()));
	EXPECT_FALSE(std::filesystem::exists(folder.path() + "/gimlet"));
}

TEST_F(NodeStateTest, aProcessThatMeetsNobodyNeedsNoKey)
{
	Wish wish = sharedWish("*:9000");
	wish.links = false;
	EXPECT_THAT(wish.open()->notes(), IsEmpty());
	EXPECT_FALSE(std::filesystem::exists(folder.path() + "/gimlet"));
}

TEST_F(NodeStateTest, aKeyInTheEnvironmentIsTaken)
{
	Wish wish = sharedWish("*:8080");
	wish.environment["GIMLET_NODE_KEY"] = test::PRIVATE_KEY;
	EXPECT_EQ(test::WORKER_ID, wish.open()->identity().id());
	EXPECT_FALSE(wish.open()->pins().lasting());
	wish.environment["K_SERVICE"] = "worker";
	EXPECT_EQ(test::WORKER_ID, wish.open()->identity().id());
	// As files of variables have to write it.
	std::string oneLine;
	for (const char character : test::PRIVATE_KEY)
		oneLine += character == '\n' ? "\\n" : std::string{character};
	wish.environment["GIMLET_NODE_KEY"] = oneLine;
	EXPECT_EQ(test::WORKER_ID, wish.open()->identity().id());
	// Pins need a place that was asked for.
	wish.node = nodeSection(own, "env");
	EXPECT_TRUE(wish.open()->pins().lasting());
	EXPECT_FALSE(std::filesystem::exists(key));
}

TEST_F(NodeStateTest, aKeyInTheEnvironmentIsNeverShown)
{
	Wish wish = sharedWish("*:8080");
	wish.node = nodeSection("", "env");
	EXPECT_THAT(wish.refusal().second, HasSubstr("GIMLET_NODE_KEY holds no key"));
	wish.environment["GIMLET_NODE_KEY"] = "c2VjcmV0";
	const auto [exitCode, message] = wish.refusal();
	EXPECT_EQ(StateError::CONFIGURATION, exitCode);
	EXPECT_THAT(
		message, AllOf(HasSubstr("GIMLET_NODE_KEY"), HasSubstr("genpkey"), Not(HasSubstr("c2VjcmV0"))));
}

TEST_F(NodeStateTest, aLookChangesNothing)
{
	EXPECT_EQ(nullptr, NodeState::peek(explicitWish().request()));
	EXPECT_FALSE(std::filesystem::exists(own));
	const auto running = explicitWish().open();
	EXPECT_EQ(running->identity().id(), NodeState::peek(explicitWish().request())->id());
	damage("");
	EXPECT_THROW(NodeState::peek(explicitWish().request()), StateError);
}

TEST_F(NodeStateTest, aLookAtTheDefaultFindsTheNodesOwn)
{
	const auto one = sharedWish("*:8080").open();
	const auto two = sharedWish("*:8081").open();
	EXPECT_EQ(one->identity().id(), NodeState::peek(sharedWish("*:8080").request())->id());
	EXPECT_EQ(two->identity().id(), NodeState::peek(sharedWish("*:8081").request())->id());
	EXPECT_EQ(nullptr, NodeState::peek(sharedWish("*:8082").request())) << "it would be somebody new";
}

}
