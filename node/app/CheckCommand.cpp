#include "node/app/CheckCommand.h"

#include <fmt/format.h>

#include <iostream>

#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/app/Logging.h"
#include "node/core/Runtime.h"

namespace gimlet::app
{

int checkCommand(const CommandLine& line)
{
	const Logging logging;
	core::Setup setup{readSources(line), core::standardPluginFolders()};
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
