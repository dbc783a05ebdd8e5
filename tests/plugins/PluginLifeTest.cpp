// What becomes of a node whose plugins behave, or misbehave, at each stage of their lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "node/api/Plugin.h"
#include "tests/plugins/Fixtures.h"

namespace gimlet::test
{

namespace
{

using testing::HasSubstr;
using testing::Not;

/// Positions of some texts in their order of appearance; fails if one is missing.
void expectInOrder(const std::string& all, const std::vector<std::string>& texts)
{
	std::size_t at = 0;
	for (const auto& text : texts)
	{
		const auto found = all.find(text, at);
		ASSERT_NE(found, std::string::npos) << '"' << text << "\" is missing or too early in:\n" << all;
		at = found + text.size();
	}
}

/// The command's exit code and what it wrote on stderr.
std::pair<int, std::string> runToEnd(const Process::Options& options)
{
	Process process{options};
	const int exitCode = process.waitForExit();
	return {exitCode, process.error()};
}

}

TEST(PluginLife, StartsInOrderAndStopsInReverse)
{
	const FixtureNode node{"[node]\nplugins = twin-one, probe\n"};
	Process process{node.command({})};
	process.waitForError("probe +says hello");
	process.signal(SIGTERM);
	EXPECT_EQ(process.waitForExit(), 0);
	expectInOrder(process.error(), {"this node is", "twin-one", "built as 1", "says hello",
									   "ending: SIGTERM was received", "falls silent"});
}

TEST(PluginLife, TwoLibrariesMayHaveAClassOfTheSameName)
{
	const FixtureNode node{"[node]\nplugins = twin-one, twin-two\n"};
	Process process{node.command({})};
	process.waitForError("twin-two +built as 2, calls 2");
	process.signal(SIGINT);
	EXPECT_EQ(process.waitForExit(), 0);
	EXPECT_THAT(process.error(), HasSubstr("built as 1, calls 1"));
}

TEST(PluginLife, ARequiredPluginThatDoesNotFitEndsTheNode)
{
	const FixtureNode node{"[node]\nplugins = probe, foreign-api\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 69);
	EXPECT_THAT(error, HasSubstr("the plugin foreign-api cannot be used: "));
	EXPECT_THAT(
		error, HasSubstr("foreign-api.so: was built for plugin API version 99, and this node has version " +
						 std::to_string(GIMLET_API_VERSION)));
	EXPECT_THAT(error, Not(HasSubstr("says hello")));
}

TEST(PluginLife, ARequiredPluginThatCannotBeMadeEndsTheNode)
{
	const FixtureNode node{"[node]\nplugins = throws-in-create, creates-nothing\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 69);
	EXPECT_THAT(error, HasSubstr("the plugin throws-in-create cannot be created: it broke in create"));
	EXPECT_THAT(
		error, HasSubstr("the plugin creates-nothing cannot be created: its factory returned nothing"));
}

TEST(PluginLife, ARequiredPluginThatFailsWhileConfiguringEndsTheNode)
{
	const FixtureNode node{"[node]\nplugins = throws-in-configure\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 69);
	EXPECT_THAT(error,
		HasSubstr(
			"the plugin throws-in-configure failed while it read its configuration: it broke in configure"));
}

TEST(PluginLife, ARequiredPluginThatCannotStartEndsTheNodeAndHalfAStartIsUndone)
{
	const FixtureNode node{"[node]\nplugins = probe, throws-in-start, twin-one\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 69);
	expectInOrder(error, {"says hello", "throws-in-start   starts",
							 "the plugin throws-in-start cannot start: it broke in start",
							 "throws-in-start   stops", "falls silent"});
	EXPECT_THAT(error, Not(HasSubstr("built as")));
}

TEST(PluginLife, WhateverIsThrownIsCaught)
{
	const FixtureNode node{"[node]\nplugins = throws-anything\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 69);
	EXPECT_THAT(
		error, HasSubstr("the plugin throws-anything cannot start: something that is no std::exception"));
}

TEST(PluginLife, AnOptionalPluginThatFailsLeavesTheNodeRunning)
{
	const FixtureNode node{
		"[node]\n"
		"plugins = foreign-build, throws-in-create, throws-in-configure, throws-in-start, probe\n"
		"optional = throws-in-start, throws-in-configure, throws-in-create, foreign-build\n"};
	Process process{node.command({})};
	process.waitForError("probe +says hello");
	process.signal(SIGTERM);
	EXPECT_EQ(process.waitForExit(), 0);
	expectInOrder(process.error(),
		{"warning", "the optional plugin foreign-build cannot be used; the node runs without it",
			"the optional plugin throws-in-create cannot be created; the node runs without it: it broke in "
			"create",
			"the optional plugin throws-in-configure failed while it read its configuration",
			"the optional plugin throws-in-start cannot start; the node runs without it: it broke in start",
			"says hello"});
}

TEST(PluginLife, AFailureWhileStoppingIsReportedAndTheOthersStopAllTheSame)
{
	const FixtureNode node{"[node]\nplugins = probe, throws-in-stop\n"};
	Process process{node.command({})};
	process.waitForError("throws-in-stop +starts");
	process.signal(SIGTERM);
	EXPECT_EQ(process.waitForExit(), 0);
	expectInOrder(process.error(),
		{"the plugin throws-in-stop failed while it was stopped: it broke in stop", "falls silent"});
}

TEST(PluginLife, APluginMayEndTheNode)
{
	const FixtureNode node{"[node]\nplugins = probe\n[probe]\ngreeting = goodbye\n"};
	const auto [exitCode, error] = runToEnd(node.command({}));
	EXPECT_EQ(exitCode, 0);
	expectInOrder(error, {"ending: probe asked for it", "falls silent"});
}

TEST(PluginLife, ADegradedPluginIsVisible)
{
	const FixtureNode node{"[node]\nplugins = probe\n[probe]\ngreeting = half\n"};
	Process process{node.command({})};
	process.waitForError("warning +probe +degraded: only half awake");
	process.signal(SIGTERM);
	EXPECT_EQ(process.waitForExit(), 0);
}

TEST(PluginLife, ABrokenPluginThatNobodySelectedHarmsNobody)
{
	const FixtureNode node{"[node]\nplugins = probe\n[foreign-api]\nsize = 4\nother = 5\n"};
	Process process{node.command({})};
	process.waitForError("warning +node +the section \\[foreign-api\\] was not checked: ");
	process.waitForError("says hello");
	process.signal(SIGTERM);
	EXPECT_EQ(process.waitForExit(), 0);
}

}
