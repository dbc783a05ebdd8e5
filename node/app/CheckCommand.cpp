#include "node/app/CheckCommand.h"

#include <fmt/format.h>

#include <iostream>

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
	for (const auto& warning : setup.warnings())
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
