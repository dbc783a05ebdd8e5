#include "node/app/PluginsCommand.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/core/config/CoreKeys.h"
#include "node/core/config/SampleIni.h"
#include "node/core/config/Suggestion.h"
#include "node/core/config/ValueCheck.h"

namespace gimlet::app
{

namespace
{

using core::PluginCatalogue;
using core::Schema;

std::string flagsText(const GimletConfigKey& key)
{
	std::vector<std::string> flags;
	if ((key.flags & GIMLET_REQUIRED) != 0)
		flags.emplace_back("must be set");
	if ((key.flags & GIMLET_SECRET) != 0)
		flags.emplace_back("never logged");
	if ((key.flags & GIMLET_RELOADABLE) != 0)
		flags.emplace_back("SIGHUP applies a change");
	return fmt::format("{}", fmt::join(flags, ", "));
}

void explainKey(const std::string& section, const GimletConfigKey& key)
{
	auto names = core::aliasNames(key);
	names.insert(names.begin(), core::environmentName(section, key.name));
	const std::string value = key.defaultValue;
	const auto flags = flagsText(key);
	std::cout << fmt::format("\n  {}{}\n", key.name, value.empty() ? "" : " = " + value)
			  << core::wrapped(key.help, "      ")
			  << fmt::format("      takes        {}\n", core::describeType(key))
			  << fmt::format("      environment  {}\n", fmt::join(names, ", "));
	if (!flags.empty())
		std::cout << fmt::format("      note         {}\n", flags);
}

void explain(const Schema::Section& section, const std::string& title, const std::string& summary, bool ini)
{
	if (ini)
	{
		std::cout << core::sampleSection(section, summary);
		return;
	}
	std::cout << title << '\n' << core::wrapped(summary, "  ");
	if (section.keys.empty())
		std::cout << fmt::format("\n  [{}] has no keys.\n", section.name);
	for (const auto& key : section.keys)
		explainKey(section.name, key);
}

void explainPlugin(const core::PluginLibrary& library, bool ini)
{
	const auto& plugin = library.descriptor();
	explain({.name = plugin.name, .keys = library.keys()},
		fmt::format("{} {}, a {} plugin ({})", plugin.name, plugin.version, plugin.role, library.path()),
		plugin.summary, ini);
}

void explainCore(const Schema::Section& section, bool ini)
{
	explain(section, fmt::format("[{}], a section of the node itself", section.name),
		core::coreSummary(section.name), ini);
}

int list(PluginCatalogue& catalogue)
{
	for (const auto& name : catalogue.names())
	{
		const auto* library = catalogue.library(name);
		std::cout << (library ? fmt::format("{:<18} {:<10} {:<6} {}\n", name, library->descriptor().role,
									library->descriptor().version, library->descriptor().summary)
							  : fmt::format("{:<18} cannot be used: {}\n", name, catalogue.error(name)));
	}
	if (catalogue.names().empty())
		std::cerr << fmt::format("no plugins are installed in {}\n", fmt::join(catalogue.folders(), " or "));
	else
		std::cout << "\nEach has a section of its name: gimlet plugins NAME. So do node, http and log.\n";
	return EXIT_CODE_OK;
}

int listIni(PluginCatalogue& catalogue)
{
	std::string separator;
	for (const auto& section : core::coreSections())
	{
		std::cout << std::exchange(separator, "\n\n");
		explainCore(section, true);
	}
	for (const auto& name : catalogue.names())
	{
		const auto* library = catalogue.library(name);
		if (!library)
			continue;
		std::cout << separator;
		explainPlugin(*library, true);
	}
	return EXIT_CODE_OK;
}

int explainNamed(PluginCatalogue& catalogue, const std::string& name, bool ini)
{
	auto names = catalogue.names();
	for (const auto& section : core::coreSections())
	{
		names.push_back(section.name);
		if (section.name == name)
		{
			explainCore(section, ini);
			return EXIT_CODE_OK;
		}
	}
	if (!catalogue.has(name))
		throw UsageError(fmt::format("there is no plugin {}{}", name, core::didYouMean(name, names)));
	if (const auto* library = catalogue.library(name))
	{
		explainPlugin(*library, ini);
		return EXIT_CODE_OK;
	}
	std::cerr << catalogue.error(name) << '\n';
	return EXIT_CODE_UNAVAILABLE;
}

}

int pluginsCommand(const CommandLine& line)
{
	// The configuration matters for [node] plugin_path only; whatever else may be wrong with it is not asked.
	core::Setup setup{readSources(line), core::standardPluginFolders()};
	if (!line.plugin.empty())
		return explainNamed(setup.catalogue(), line.plugin, line.ini);
	return line.ini ? listIni(setup.catalogue()) : list(setup.catalogue());
}

}
