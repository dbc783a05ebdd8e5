#include "node/app/CheckCommand.h"

#include <fmt/format.h>

#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/app/Logging.h"
#include "node/app/State.h"
#include "node/core/Runtime.h"

namespace gimlet::app
{

namespace
{

/// Looks at the node's key, without making or locking anything.
void checkState(core::Setup& setup, const core::Environment& environment)
try
{
	core::NodeState::peek(stateRequest(setup, environment));
}
catch (const core::StateError& error)
{
	setup.problems().add(error.what());
}

/// Says of tokens that can be guessed, which a plugin takes all the same, what it would say at its start.
std::vector<std::string> weakTokens(core::Setup& setup)
{
	constexpr std::size_t SHORTEST = 16;
	core::ProblemList weak;
	for (const auto& section : setup.schema().sections())
		for (const auto& key : section.keys)
		{
			const std::string_view name = key.name;
			if (!section.used || (key.flags & GIMLET_SECRET) == 0 || !name.ends_with("token"))
				continue;
			const auto& value = setup.configuration().section(section.name).value(key.name);
			if (!value.text.empty() && value.text.size() < SHORTEST)
				weak.addValue(section.name, key.name, value,
					"is so short that it can be guessed; 'openssl rand -hex 16' makes a better one");
		}
	return weak.lines();
}

}

int checkCommand(const CommandLine& line)
{
	const Logging logging;
	const auto sources = readSources(line);
	core::Setup setup{sources, core::standardPluginFolders()};
	core::Runtime runtime{setup, {.version = version(), .dataDirectory = core::standardDataFolder()}};
	std::string failure;
	try
	{
		runtime.configure();
	}
	catch (const core::PluginManager::Failure& error)
	{
		failure = error.what();
	}
	if (setup.problems().empty())
		checkState(setup, sources.environment);
	printProblems(setup);
	auto warnings = setup.warnings();
	if (setup.problems().empty())
		for (auto& weak : weakTokens(setup))
			warnings.push_back(std::move(weak));
	for (const auto& warning : warnings)
		std::cerr << "warning: " << warning << '\n';
	if (!failure.empty())
		std::cerr << failure << '\n';
	if (!setup.problems().empty())
		return EXIT_CODE_CONFIGURATION;
	if (!failure.empty())
		return EXIT_CODE_UNAVAILABLE;
	std::cout << line.config << ": all is well\n";
	return EXIT_CODE_OK;
}

}
