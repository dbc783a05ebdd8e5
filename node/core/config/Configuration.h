#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/api/Settings.h"
#include "node/core/config/Layers.h"
#include "node/core/config/ProblemList.h"
#include "node/core/config/Schema.h"

namespace gimlet::core
{

/// A whole configuration: every declared key of every section with its value, each checked against its
/// declaration.
class Configuration
{
public:
	/// Adds all that is wrong to the problems and goes on; a section that something is wrong with is not
	/// sound() and must not be given to its plugin.
	Configuration(const Layers& layers, const Schema& schema, ProblemList& problems);

	/// @throws Poco::NotFoundException if the schema has no such section.
	const Settings& section(const std::string& name) const;

	bool has(const std::string& section) const
	{
		return _sections.contains(section);
	}

	/// Whether all values of a section passed their checks.
	bool sound(const std::string& section) const;

	/// One changed key, by comparison with another configuration of the same schema.
	struct Change
	{
		std::string section;
		std::string key;
		bool reloadable = false;
	};

	/// What changed from this configuration to a newer one, in the sections that are used and that both have.
	std::vector<Change> changesTo(const Configuration& newer, const Schema& schema) const;

	/// Takes over the values of all reloadable keys of a newer configuration. The others stay: they need a
	/// restart, and a plugin should see the configuration that it really runs with.
	void takeReloadable(const Configuration& newer, const Schema& schema);

private:
	std::map<std::string, Settings> _sections;
	std::vector<std::string> _unsound;
};

/// Collects what plugins find wrong between their values; adds file, line and value.
class ConfigurationProblems final : public Problems
{
public:
	ConfigurationProblems(const Configuration& configuration, ProblemList& problems) :
		_configuration(configuration), _problems(problems)
	{
	}

	void add(const std::string& section, const std::string& key, const std::string& message) override;

private:
	const Configuration& _configuration;
	ProblemList& _problems;
};

}
