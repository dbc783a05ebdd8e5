// What a whole program says of a wrong configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/Fixtures.h"

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;

struct Outcome
{
	int exitCode;
	std::string output;
	std::string error;
};

Outcome runToEnd(const Process::Options& options)
{
	Process process{options};
	const int exitCode = process.waitForExit();
	return {exitCode, process.output(), process.error()};
}

}

TEST(ConfigurationErrors, AreAllToldAtOnce)
{
	const FixtureNode node{"[node]\n"
						   "plugins = probe, twin-one, twin-too\n"
						   "[http]\n"
						   "listn = 127.0.0.1:0\n"
						   "[probe]\n"
						   "least = 101\n"};
	for (const auto* command : {"run", "check"})
	{
		const auto outcome = runToEnd(gimlet({command, "--config", node.file()}));
		EXPECT_EQ(outcome.exitCode, 78);
		EXPECT_EQ(outcome.output, "");
		EXPECT_THAT(outcome.error,
			testing::MatchesRegex(
				node.file() +
				":3: \\[node\\] plugins = probe, twin-one, twin-too: there is no plugin \"twin-too\"; did "
				"you mean "
				"\"twin-two\"\\? \\(installed: .*probe.*\\)\n" +
				node.file() +
				":5: \\[http\\] listn = 127.0.0.1:0: there is no such key; did you mean \"listen\"\\?\n" +
				node.file() + ":7: \\[probe\\] least = 101: is out of range; 0 to 100 is right\n"));
	}
}

TEST(ConfigurationErrors, WhatIsWrongBetweenValuesIsToldByThePlugin)
{
	const FixtureNode node{"[node]\nplugins = probe, throws-in-create\n[probe]\nleast = 20\n"};
	const auto outcome = runToEnd(node.command({"check"}));
	EXPECT_EQ(outcome.exitCode, 78);
	EXPECT_THAT(outcome.error, HasSubstr(":5: [probe] least = 20: is greater than [probe] most\n"));
	EXPECT_THAT(outcome.error, HasSubstr("the plugin throws-in-create cannot be created"));
}

TEST(ConfigurationErrors, EveryLayerIsChecked)
{
	const FixtureNode node{"[node]\nplugins = probe, probe\noptional = prob\npeers = alice\nname_servers = "
						   "dns.example\n[log]\ndebug = nod\n"};
	auto options = node.command({"check", "--set", "probe.most=many", "--set", "prob.most=1"});
	options.environment["GIMLET_PROBE_LEAST"] = "-1";
	options.environment["GIMLET_PROBE_LAST"] = "1";
	options.environment["PORT"] = "http";
	const auto outcome = runToEnd(options);
	EXPECT_EQ(outcome.exitCode, 78);
	for (const auto* line : {":3: [node] plugins = probe, probe: names \"probe\" twice\n",
			 ":4: [node] optional = prob: \"prob\" is not one of [node] plugins; did you mean \"probe\"?\n",
			 ":5: [node] peers = alice: \"alice\" is not a worker id; one is a UUID such as ",
			 ":6: [node] name_servers = dns.example: \"dns.example\" is not an address; ",
			 ":8: [log] debug = nod: nothing logs as \"nod\"; did you mean \"node\"?\n",
			 "--set probe.most=many: is not a whole number; a whole number, 0 to 100 is right\n",
			 "--set prob.most=1: [prob]: there is no such section; did you mean \"probe\"?\n",
			 "environment: GIMLET_PROBE_LEAST = -1: is out of range; 0 to 100 is right\n",
			 "environment: GIMLET_PROBE_LAST: there is no such setting; did you mean "
			 "\"GIMLET_PROBE_LEAST\"?\n",
			 "environment: PORT = http: is not a port; 0 to 65535 is right, 0 for any free one\n"})
		EXPECT_THAT(outcome.error, HasSubstr(line));
	EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 10) << outcome.error;
}

TEST(ConfigurationErrors, AreJsonWhereLogsAre)
{
	const FixtureNode node{"[node]\nplugins = probe\n[log]\nlevl = debug\n"};
	auto options = node.command({});
	options.environment["K_SERVICE"] = "node";
	const auto outcome = runToEnd(options);
	EXPECT_EQ(outcome.exitCode, 78);
	EXPECT_THAT(outcome.error,
		testing::MatchesRegex(
			"\\{\"severity\":\"ERROR\",\"message\":\".*:5: \\[log\\] levl = debug: there is no such key; did "
			"you mean \\\\\"level\\\\\"\\?\",\"time\":\"[-0-9T:.]*Z\",\"logger\":\"configuration\"\\}\n"));
}

TEST(ConfigurationErrors, AFileThatCannotBeReadIsNamed)
{
	const TempFolder folder;
	const auto missing = runToEnd(gimlet({"check", "--config", folder.path() + "/none.ini"}));
	EXPECT_EQ(missing.exitCode, 78);
	EXPECT_EQ(missing.error, "cannot read " + folder.path() + "/none.ini: No such file or directory\n");
	const auto directory = runToEnd(gimlet({"--config", folder.path()}));
	EXPECT_EQ(directory.exitCode, 78);
	EXPECT_EQ(directory.error, "cannot read " + folder.path() + ": it is a folder\n");
	const auto endless = runToEnd(gimlet({"check", "--config", "/dev/zero"}));
	EXPECT_EQ(endless.exitCode, 78);
	EXPECT_THAT(endless.error, HasSubstr("/dev/zero:1: the file is larger than 1048576 bytes\n"));
}

TEST(ConfigurationErrors, ASectionOfAnInstalledPluginIsFineAndChecked)
{
	const FixtureNode node{"[node]\nplugins = twin-one\n[probe]\ngreeting = hi\n"};
	EXPECT_EQ(runToEnd(node.command({"check"})).exitCode, 0);
	const FixtureNode wrong{"[node]\nplugins = twin-one\n[probe]\nmost = 1000\n"};
	EXPECT_EQ(runToEnd(wrong.command({"check"})).exitCode, 78);
}

TEST(ConfigurationErrors, CheckSaysWhenAllIsWell)
{
	const FixtureNode node{"[node]\nplugins = probe\n"};
	const auto outcome = runToEnd(node.command({"check"}));
	EXPECT_EQ(outcome.exitCode, 0);
	EXPECT_EQ(outcome.output, node.file() + ": all is well\n");
	EXPECT_EQ(outcome.error, "");
}

}
