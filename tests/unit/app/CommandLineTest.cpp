#include "node/app/CommandLine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/app/Help.h"

namespace gimlet::app
{

namespace
{

using Command = CommandLine::Command;
using testing::ElementsAre;

/// What is said about a wrong command line; "fine" if nothing is.
std::string complaint(const std::vector<std::string>& arguments)
{
	try
	{
		static_cast<void>(CommandLine::parse(arguments));
		return "fine";
	}
	catch (const UsageError& error)
	{
		return error.what();
	}
}

}

TEST(CommandLine, RunsByDefault)
{
	const auto line = CommandLine::parse({"--config", "a.ini"});
	EXPECT_EQ(line.command, Command::Run);
	EXPECT_EQ(line.config, "a.ini");
	EXPECT_EQ(CommandLine::parse({"run", "--config=a.ini"}).command, Command::Run);
	EXPECT_EQ(CommandLine::parse({"-c", "a.ini", "run"}).config, "a.ini");
}

TEST(CommandLine, TakesOptionsInAnyOrder)
{
	const auto line = CommandLine::parse({"--set", "a.b=1", "--daemon", "--config", "a.ini", "-s",
		"c.d=x = y", "--pidfile", "/tmp/pid", "--set=e.f="});
	EXPECT_THAT(line.overrides, ElementsAre("a.b=1", "c.d=x = y", "e.f="));
	EXPECT_TRUE(line.daemon);
	EXPECT_EQ(line.pidFile, "/tmp/pid");
}

TEST(CommandLine, KnowsTheCommands)
{
	EXPECT_EQ(CommandLine::parse({"check", "--config", "a"}).command, Command::Check);
	EXPECT_EQ(CommandLine::parse({"id", "--config", "a"}).command, Command::Id);
	EXPECT_EQ(CommandLine::parse({"health", "--config", "a"}).command, Command::Health);
	EXPECT_EQ(CommandLine::parse({"netcheck", "--config", "a"}).command, Command::Netcheck);
	EXPECT_TRUE(CommandLine::parse({"netcheck", "--config", "a", "--json"}).json);
	EXPECT_EQ(CommandLine::parse({"plugins"}).command, Command::Plugins);
	EXPECT_EQ(CommandLine::parse({"plugins", "stun"}).plugin, "stun");
	EXPECT_TRUE(CommandLine::parse({"plugins", "--ini", "stun"}).ini);
}

TEST(CommandLine, AnswersHelpAndVersionWhateverElseIsThere)
{
	EXPECT_EQ(CommandLine::parse({"--help"}).command, Command::Help);
	EXPECT_EQ(CommandLine::parse({"-h"}).command, Command::Help);
	EXPECT_EQ(CommandLine::parse({"run", "--help"}).command, Command::Help);
	EXPECT_EQ(CommandLine::parse({"help"}).command, Command::Help);
	EXPECT_EQ(CommandLine::parse({"help", "netcheck"}).command, Command::Help);
	EXPECT_EQ(CommandLine::parse({"help", "netcheck"}).about, Command::Netcheck);
	EXPECT_EQ(CommandLine::parse({"check", "--help", "--config", "x"}).about, Command::Check);
	EXPECT_EQ(CommandLine::parse({"--help"}).about, std::nullopt);
	EXPECT_EQ(CommandLine::parse({"nonsense", "--help"}).about, std::nullopt);
	EXPECT_EQ(complaint({"help", "netchek"}), "there is no command netchek; did you mean \"netcheck\"?");
	EXPECT_EQ(CommandLine::parse({"--version"}).command, Command::Version);
	EXPECT_EQ(CommandLine::parse({"-V"}).command, Command::Version);
}

TEST(CommandLine, TheHelpOfACommandIsItsOwn)
{
	const auto check = helpText(Command::Check);
	EXPECT_THAT(check, testing::StartsWith("Usage\n  gimlet check --config FILE"));
	EXPECT_THAT(check, testing::HasSubstr("--set SECTION.KEY=VALUE"));
	EXPECT_THAT(check, testing::HasSubstr("gimlet --help"));
	for (const auto* other : {"--daemon", "--json", "gimlet id", "SIGHUP"})
	{
		EXPECT_THAT(check, testing::Not(testing::HasSubstr(other)));
		EXPECT_THAT(helpText(), testing::HasSubstr(other));
	}
	EXPECT_THAT(helpText(Command::Run), testing::HasSubstr("--daemon"));
}

TEST(CommandLine, SaysWhatWasMeant)
{
	EXPECT_EQ(complaint({"chek", "--config", "a"}), "there is no command chek; did you mean \"check\"?");
	EXPECT_EQ(complaint({"--confg", "a"}), "there is no option --confg; did you mean \"--config\"?");
	EXPECT_EQ(complaint({"--confg=a"}), "there is no option --confg; did you mean \"--config\"?");
	EXPECT_EQ(complaint({"-x"}), "there is no option -x");
	EXPECT_EQ(complaint({"frobnicate"}), "there is no command frobnicate");
	EXPECT_EQ(complaint({"etc/node.ini"}),
		"there is no command etc/node.ini; a configuration is named with --config FILE");
	EXPECT_EQ(complaint({"netcheck", "etc/node.ini"}),
		"\"etc/node.ini\" is one word too many for the command "
		"netcheck; a configuration is named with --config FILE");
}

TEST(CommandLine, RefusesWhatMakesNoSense)
{
	EXPECT_EQ(
		complaint({}), "which configuration? Name it with --config FILE, such as --config etc/node.ini");
	EXPECT_EQ(complaint({"check"}),
		"which configuration? Name it with --config FILE, such as --config etc/node.ini");
	EXPECT_EQ(complaint({"--config"}), "--config wants something behind it");
	EXPECT_EQ(complaint({"--config", "a", "--set", "nonsense"}),
		"--set nonsense: write it as --set section.key=value");
	EXPECT_EQ(
		complaint({"--config", "a", "--set", "=1.0"}), "--set =1.0: write it as --set section.key=value");
	EXPECT_EQ(complaint({"check", "--config", "a", "--daemon"}),
		"--daemon and --pidfile belong to the command run");
	EXPECT_EQ(complaint({"netcheck"}),
		"which configuration? Name it with --config FILE, such as --config etc/node.ini");
	EXPECT_EQ(complaint({"check", "--config", "a", "--json"}),
		"--json and --verbose belong to the commands id and netcheck");
	EXPECT_EQ(complaint({"check", "--config", "a", "b"}), "\"b\" is one word too many for the command check");
	EXPECT_EQ(complaint({"plugins", "a", "b"}), "\"b\" is one word too many for the command plugins");
	EXPECT_EQ(complaint({"--config", "a", "--ini"}), "--ini belongs to the command plugins");
	EXPECT_EQ(complaint({"--daemon=yes", "--config", "a"}), "--daemon takes no value");
}

}
