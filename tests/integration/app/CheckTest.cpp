// What `gimlet check` says of a configuration that has no error and yet would not do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;
using testing::Not;

struct Outcome
{
	int exitCode;
	std::string output;
	std::string error;
};

/// Checks one of the shipped files.
Outcome check(const std::string& file, const std::vector<std::string>& more,
	const std::map<std::string, std::string>& environment = {})
{
	auto options = gimlet({"check", "--config", std::string{GIMLET_SOURCE_DIR} + "/etc/" + file});
	options.arguments.insert(options.arguments.end(), more.begin(), more.end());
	options.environment.insert(environment.begin(), environment.end());
	Process process{options};
	const int exitCode = process.waitForExit();
	return {exitCode, process.output(), process.error()};
}

}

TEST(Check, WarnsOfANodeThatCanLinkWithNobody)
{
	const auto discovery = check("node.ini", {"--set", "node.plugins=stun"});
	EXPECT_EQ(discovery.exitCode, 0);
	EXPECT_THAT(discovery.output, HasSubstr("all is well"));
	EXPECT_THAT(
		discovery.error, HasSubstr("warning: [node] plugins = stun: there is no transport and no signaling"));
	EXPECT_THAT(check("node.ini", {"--set", "node.plugins=udp-punch, stun, web"}).error,
		HasSubstr("there is no signaling among them"));
	EXPECT_THAT(check("node.ini", {"--set", "node.plugins=web"}).error, HasSubstr("no transport"));
	for (const auto* whole : {"udp-punch, rendezvous", "udp-punch, lan, web"})
		EXPECT_EQ(check("node.ini", {"--set", std::string{"node.plugins="} + whole}).error, "") << whole;
	for (const auto* serving : {"stun-server", "rendezvous-server, web"})
		EXPECT_EQ(check("rendezvous.ini", {"--set", std::string{"node.plugins="} + serving}).error, "")
			<< serving;
}

TEST(Check, SaysOfAShortTokenHowToMakeABetterOne)
{
	const auto rendezvous = check("rendezvous.ini", {}, {{"GIMLET_RENDEZVOUS_SERVER_TOKEN", "x"}});
	EXPECT_EQ(rendezvous.exitCode, 0);
	EXPECT_THAT(rendezvous.error,
		HasSubstr("warning: environment: GIMLET_RENDEZVOUS_SERVER_TOKEN = (hidden): is so short"));
	EXPECT_THAT(rendezvous.error, HasSubstr("openssl rand -hex 16"));
	const auto page = check("node.ini", {}, {{"GIMLET_WEB_TOKEN", "x"}});
	EXPECT_EQ(page.exitCode, 78);
	EXPECT_THAT(page.error, HasSubstr("GIMLET_WEB_TOKEN = (hidden): is too short: "));
	EXPECT_THAT(page.error, HasSubstr("openssl rand -hex 16"));
	EXPECT_EQ(
		check("rendezvous.ini", {}, {{"GIMLET_RENDEZVOUS_SERVER_TOKEN", "0123456789abcdef0123456789abcdef"}})
			.error,
		"");
}

TEST(Check, TellsAWrongStunPortOnce)
{
	for (const auto* port : {"0", "70000"})
	{
		const auto outcome = check("node.ini", {}, {{"STUN_PORT", port}});
		EXPECT_EQ(outcome.exitCode, 78);
		EXPECT_THAT(outcome.error, HasSubstr("is not a port"));
		EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1) << outcome.error;
	}
}

TEST(Check, HasAHelpOfItsOwn)
{
	const auto outcome = check("node.ini", {"--help"});
	EXPECT_EQ(outcome.exitCode, 0);
	EXPECT_THAT(outcome.output, testing::StartsWith("Usage\n  gimlet check"));
	EXPECT_THAT(outcome.output, Not(HasSubstr("netcheck")));
}

}
