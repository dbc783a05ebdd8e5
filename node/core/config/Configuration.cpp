#include "node/core/config/Configuration.h"

#include <Poco/Exception.h>
#include <fmt/format.h>

#include <algorithm>

#include "node/core/config/ValueCheck.h"

namespace gimlet::core
{

namespace
{

std::string missing(const Schema::Section& section, const GimletConfigKey& key, const std::string& file)
{
	auto names = aliasNames(key);
	names.push_back(environmentName(section.name, key.name));
	return fmt::format(
		"{}: [{}] {} is missing; set it there, or the environment variable {}, or --set {}.{}=...", file,
		section.name, key.name, fmt::join(names, " or "), section.name, key.name);
}

}

Configuration::Configuration(const Layers& layers, const Schema& schema, ProblemList& problems)
{
	for (const auto& section : schema.sections())
	{
		const auto before = problems.reports();
		bool misspelt = false;
		std::map<std::string, Settings::Value> values;
		for (const auto& key : section.keys)
		{
			auto value = layers.value(section.name, key, problems);
			const bool required = section.used && (key.flags & GIMLET_REQUIRED) != 0;
			if (required && value.text.empty())
			{
				// A misspelt key has been told already; that this one is missing follows from it.
				if (layers.misspells(section, key))
					misspelt = true;
				else if (value.origin == Origin::Default)
					problems.add(missing(section, key, layers.file()));
				else
					problems.addValue(
						section.name, key.name, value, "is empty; " + describeType(key) + " is right");
			}
			else if (const auto complaint = checkValue(key, value.text))
				problems.addValue(section.name, key.name, value, *complaint);
			values.emplace(key.name, std::move(value));
		}
		if (misspelt || problems.reports() != before)
			_unsound.push_back(section.name);
		_sections.emplace(section.name, Settings{section.name, std::move(values)});
	}
}

const Settings& Configuration::section(const std::string& name) const
{
	const auto found = _sections.find(name);
	if (found == _sections.end())
		throw Poco::NotFoundException("undeclared section [" + name + "]");
	return found->second;
}

bool Configuration::sound(const std::string& section) const
{
	return has(section) && std::find(_unsound.begin(), _unsound.end(), section) == _unsound.end();
}

std::vector<Configuration::Change> Configuration::changesTo(
	const Configuration& newer, const Schema& schema) const
{
	std::vector<Change> changes;
	for (const auto& section : schema.sections())
	{
		if (!section.used || !has(section.name) || !newer.has(section.name))
			continue;
		for (const auto& key : section.keys)
			if (_sections.at(section.name).text(key.name) != newer._sections.at(section.name).text(key.name))
				changes.push_back({section.name, key.name, (key.flags & GIMLET_RELOADABLE) != 0});
	}
	return changes;
}

void Configuration::takeReloadable(const Configuration& newer, const Schema& schema)
{
	for (const auto& section : schema.sections())
	{
		if (!has(section.name) || !newer.has(section.name))
			continue;
		std::map<std::string, Settings::Value> values;
		for (const auto& key : section.keys)
		{
			const auto& from = (key.flags & GIMLET_RELOADABLE) != 0 ? newer : *this;
			values.emplace(key.name, from.section(section.name).value(key.name));
		}
		_sections.at(section.name) = Settings{section.name, std::move(values)};
	}
}

void ConfigurationProblems::add(
	const std::string& section, const std::string& key, const std::string& message)
{
	if (_configuration.has(section))
		_problems.addValue(section, key, _configuration.section(section).value(key), message);
	else
		_problems.add(fmt::format("[{}] {}: {}", section, key, message));
}

}
