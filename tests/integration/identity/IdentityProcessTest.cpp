// Who a node is, across processes, crashes and neighbours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include <fmt/format.h>

#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"
#include "tests/unit/identity/Vectors.h"

namespace gimlet::test
{

namespace
{

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class IdentityProcessTest : public testing::Test
{
protected:
	const TempFolder folder;
	const std::string state = folder.path() + "/state";
	const std::string config = folder.write("node.ini",
		"[node]\nplugins = udp-plain\n[http]\nlisten = none\n[udp-plain]\nlisten = 127.0.0.1:0\n");

	/// Options that run a command with the configuration, its defaults below the test's folder.
	Process::Options options(const std::string& command, const std::vector<std::string>& further = {}) const
	{
		std::vector<std::string> arguments{command, "--config", config};
		arguments.insert(arguments.end(), further.begin(), further.end());
		auto result = gimlet(arguments);
		result.environment["XDG_STATE_HOME"] = folder.path() + "/default";
		return result;
	}

	std::vector<std::string> ownFolder() const
	{
		return {"--set", "node.state_dir=" + state};
	}

	static std::string idOf(Process& node)
	{
		return node.waitForError("this node is .*, id ([0-9a-f-]{36})");
	}

	/// What a command that ends by itself says: exit code, stdout, stderr.
	static std::tuple<int, std::string, std::string> ask(const Process::Options& asked)
	{
		Process process{asked};
		const int exitCode = process.waitForExit();
		return {exitCode, process.output(), process.error()};
	}
};

}

TEST_F(IdentityProcessTest, aSecondProcessEndsWith69AndNamesTheFirst)
{
	Process first{options("run", ownFolder())};
	idOf(first);
	const auto [exitCode, output, error] = ask(options("run", ownFolder()));
	EXPECT_EQ(69, exitCode);
	EXPECT_THAT(error, AllOf(HasSubstr(state), HasSubstr(fmt::format("process {},", first.id()))));
	first.signal(SIGTERM);
	EXPECT_EQ(0, first.waitForExit());
}

TEST_F(IdentityProcessTest, aKilledNodeComesBackAsItself)
{
	std::string id;
	for (int run = 0; run < 3; ++run)
	{
		Process node{options("run", ownFolder())};
		const auto now = idOf(node);
		EXPECT_TRUE(id.empty() || id == now) << id << " became " << now;
		id = now;
		node.signal(SIGKILL);
		EXPECT_EQ(128 + SIGKILL, node.waitForExit());
	}
}

TEST_F(IdentityProcessTest, neighboursByTheSameCommandRunEachAsThemselves)
{
	Process one{options("run")};
	const auto first = idOf(one);
	Process two{options("run")};
	EXPECT_NE(first, idOf(two));
	EXPECT_THAT(two.error(), Not(HasSubstr("error")));
	for (auto* node : {&one, &two})
	{
		node->signal(SIGTERM);
		EXPECT_EQ(0, node->waitForExit());
	}
	Process again{options("run")};
	EXPECT_EQ(first, idOf(again));
}

TEST_F(IdentityProcessTest, theIdIsToldWithoutANodeAndBesideOne)
{
	const auto [exitCode, before, error] = ask(options("id", ownFolder()));
	EXPECT_EQ(0, exitCode) << error;
	Process node{options("run", ownFolder())};
	EXPECT_EQ(before, idOf(node) + "\n");
	EXPECT_EQ(before, std::get<1>(ask(options("id", ownFolder()))));
	auto further = ownFolder();
	further.emplace_back("--json");
	EXPECT_THAT(std::get<1>(ask(options("id", further))),
		testing::MatchesRegex(
			R"(\{"worker_id":"[0-9a-f-]{36}","fingerprint":"([0-9A-F]{2}:){31}[0-9A-F]{2}"\}.)"));
}

TEST_F(IdentityProcessTest, aDamagedKeyIsToldByEveryCommandAndLeftAlone)
{
	folder.write("state/node.key", "x");
	ASSERT_EQ(0, chmod((state + "/node.key").c_str(), 0600));
	for (const auto* command : {"run", "check", "id"})
	{
		const auto [exitCode, output, error] = ask(options(command, ownFolder()));
		EXPECT_EQ(78, exitCode) << command;
		EXPECT_THAT(error, AllOf(HasSubstr(state + "/node.key"), HasSubstr("backup"))) << command;
	}
	EXPECT_EQ("x", readFile(state + "/node.key"));
}

TEST_F(IdentityProcessTest, aKeyFromTheEnvironmentIsUsedAndNotShown)
{
	auto asked = options("run", {"--set", "node.identity=env", "--set", "log.level=trace"});
	asked.environment["GIMLET_NODE_KEY"] = PRIVATE_KEY;
	Process node{asked};
	EXPECT_EQ(WORKER_ID, idOf(node));
	EXPECT_THAT(node.error(), Not(HasSubstr("MIGH")));

	asked = options("check", {"--set", "node.identity=env"});
	asked.environment["GIMLET_NODE_KEY"] = "MIGHTBEAKEY";
	auto [exitCode, output, error] = ask(asked);
	EXPECT_EQ(78, exitCode);
	EXPECT_THAT(error, AllOf(HasSubstr("GIMLET_NODE_KEY"), Not(HasSubstr("MIGHT"))));
	asked.environment["GIMLET_NODE_KEY"] = PRIVATE_KEY;
	EXPECT_EQ(0, std::get<0>(ask(asked)));
}

TEST_F(IdentityProcessTest, anEphemeralNodeHasAnIdOnlyWhileItRuns)
{
	auto asked = options("run", {"--set", "node.identity=ephemeral"});
	std::string first;
	{
		Process node{asked};
		first = idOf(node);
	}
	Process node{asked};
	EXPECT_NE(first, idOf(node));
	const auto [exitCode, output, error] = ask(options("id", {"--set", "node.identity=ephemeral"}));
	EXPECT_EQ(69, exitCode);
	EXPECT_THAT(error, HasSubstr("a new worker id at each start"));
}

}
