#include "plugins/signaling/rendezvous/CommandRunner.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "plugins/signaling/rendezvous/TokenSource.h"
#include "tests/integration/net/LoopTest.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::rendezvous_client
{

namespace
{

class CommandRunnerTest : public test::LoopTest
{
protected:
	CommandRunner::Result run(const std::string& command, std::chrono::milliseconds timeout = 20s)
	{
		std::optional<CommandRunner::Result> result;
		const CommandRunner runner(
			_loop, command, timeout, [&result](const CommandRunner::Result& what) { result = what; });
		EXPECT_FALSE(result) << "called back inside the constructor";
		runUntil([&result] { return result.has_value(); });
		return result.value_or(CommandRunner::Result{});
	}

	/// Whether a process still runs (or is a zombie of somebody else's).
	bool runs(pid_t process)
	{
		return ::kill(process, 0) == 0;
	}

	/// The process id that a command wrote to a file.
	pid_t processIn(const std::string& file)
	{
		pid_t process = 0;
		runUntil(
			[&]
			{
				try
				{
					process = std::atoi(test::readFile(file).c_str());
				}
				catch (const std::runtime_error&)
				{
				}
				return process > 0;
			});
		return process;
	}

	void waitUntilGone(pid_t process)
	{
		runUntil([&] { return !runs(process); });
	}

	test::TempFolder _folder;
};

TEST_F(CommandRunnerTest, CollectsWhatIsPrinted)
{
	const auto result = run("echo one; echo two");
	EXPECT_EQ(result.output, "one\ntwo\n");
	EXPECT_EQ(result.error, "");
}

TEST_F(CommandRunnerTest, AFailureHasTheLastWordsOfTheCommand)
{
	EXPECT_EQ(run("exit 3").error, "ended with exit code 3");
	EXPECT_EQ(run("echo first >&2; printf 'not\\033 logged in\\n' >&2; exit 1").error,
		"ended with exit code 1: not\\x1b logged in");
	EXPECT_EQ(run("kill -9 $$").error, "was ended by signal 9");
	EXPECT_THAT(run("/nonexistent/gcloud auth").error, testing::HasSubstr("ended with exit code 127"));
}

TEST_F(CommandRunnerTest, OneThatClosesItsOutputAndGoesOnIsWaitedFor)
{
	EXPECT_EQ(run("echo token; exec >&- 2>&-; sleep 0.05; exit 4").error, "ended with exit code 4");
}

TEST_F(CommandRunnerTest, TooMuchOutputIsRefused)
{
	EXPECT_EQ(run("yes").error, "printed more than 65536 bytes");
	EXPECT_EQ(run("yes >&2").error, "printed more than 65536 bytes");
}

TEST_F(CommandRunnerTest, WhatTakesTooLongIsKilledWithItsChildren)
{
	const auto file = _folder.path() + "/child";
	EXPECT_EQ(run("sh -c 'trap \"\" TERM; echo $$ >" + file + "; sleep 600 & wait'", 500ms).error,
		"did not end within 0.5 s");
	waitUntilGone(processIn(file));
}

TEST_F(CommandRunnerTest, DestructionKillsAtOnceAndCallsNobody)
{
	const auto file = _folder.path() + "/child";
	pid_t process = 0;
	{
		const CommandRunner runner(_loop, "echo $$ >" + file + "; sleep 600", 20s,
			[](const CommandRunner::Result&) { FAIL() << "called back"; });
		process = processIn(file);
		EXPECT_TRUE(runs(process));
	}
	waitUntilGone(process);
	EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a zombie was left";
	EXPECT_EQ(errno, ECHILD);
}

TEST_F(CommandRunnerTest, BlockedSignalsAreNotInherited)
{
	sigset_t before;
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	::pthread_sigmask(SIG_BLOCK, &blocked, &before);
	EXPECT_EQ(run("kill -TERM $$; echo survived").error, "was ended by signal 15");
	::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

class TokenSourceTest : public CommandRunnerTest
{
protected:
	/// The token, or "error: ...".
	std::string tokenOf(const TokenKeys& settings)
	{
		std::optional<std::string> result;
		TokenSource source(_loop, settings);
		source.get([&result](const std::string& token, const std::string& error)
			{ result = error.empty() ? token : "error: " + error; });
		runUntil([&result] { return result.has_value(); });
		return result.value_or("");
	}

	TokenKeys _settings;
};

TEST_F(TokenSourceTest, FromTheConfigurationAFileOrACommand)
{
	EXPECT_EQ(tokenOf(_settings), "");
	_settings.token = "configured";
	EXPECT_EQ(tokenOf(_settings), "configured");
	_settings.token.clear();
	_settings.file = _folder.write("token", " from-file\n");
	EXPECT_EQ(tokenOf(_settings), "from-file");
	_folder.write("token", "renewed");
	EXPECT_EQ(tokenOf(_settings), "renewed");
	_settings.file.clear();
	_settings.command = "echo from-command";
	EXPECT_EQ(tokenOf(_settings), "from-command");
}

TEST_F(TokenSourceTest, SaysWhyThereIsNone)
{
	_settings.file = "/nonexistent/token";
	EXPECT_EQ(
		tokenOf(_settings), "error: token_file /nonexistent/token cannot be read: No such file or directory");
	_settings.file = _folder.write("token", "\n");
	EXPECT_EQ(tokenOf(_settings), "error: token_file " + _settings.file + " holds nothing");
	_folder.write("token", "two words");
	EXPECT_THAT(tokenOf(_settings), testing::HasSubstr("holds no token"));
	_folder.write("token", std::string(100'000, 'x'));
	EXPECT_THAT(tokenOf(_settings), testing::HasSubstr("holds no token"));
	_settings.file.clear();
	_settings.command = "echo 'please log in' >&2; exit 1";
	EXPECT_EQ(tokenOf(_settings), "error: token_command ended with exit code 1: please log in");
	_settings.command = "true";
	EXPECT_EQ(tokenOf(_settings), "error: token_command printed nothing");
}

}

}
