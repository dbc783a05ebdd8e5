#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Settings.h"
#include "node/core/config/IniFile.h"
#include "node/core/config/ProblemList.h"
#include "node/core/config/Schema.h"

namespace gimlet::core
{

/// What a configuration is made of.
struct Sources
{
	std::string file;                   ///< the ini file's name, for messages; "" if there is none
	std::string text;                   ///< its content
	std::vector<std::string> overrides; ///< "section.key=value", in order; the last one wins
	std::map<std::string, std::string> environment;
};

/// The layers of a configuration on top of each other: --set, environment, ini file, default.
///
/// It knows where a value stands, not whether it will do. An environment variable of the first version
/// (an alias) belongs to the environment's layer; GIMLET_<SECTION>_<KEY> goes before it, and an empty alias
/// counts as none, since container files like to pass empty ones on.
class Layers
{
public:
	/// What cannot be read is added to the problems.
	Layers(Sources sources, ProblemList& problems);

	/// The value of a key from the strongest layer that has one.
	Settings::Value value(
		const std::string& section, const GimletConfigKey& key, ProblemList& problems) const;

	/// Adds whatever is set and not declared, with the name that may have been meant.
	void checkNames(const Schema& schema, ProblemList& problems) const;

	/// Whether any layer says something about a section.
	bool mentions(std::string_view section) const;

	/// Whether the file or a --set names a key that is not declared but reads like this one.
	bool misspells(const Schema::Section& section, const GimletConfigKey& key) const;

	/// What a person should know though it is no error: an STUN_PORT without STUN_HOST replaces the servers
	/// of the file by another one.
	std::vector<std::string> warnings(const Schema& schema) const;

	const std::string& file() const
	{
		return _sources.file;
	}

	/// Names of variables that are ours but belong to no key.
	static bool isReserved(std::string_view variable);

private:
	struct Override
	{
		std::string section;
		std::string key;
		std::string value;
	};

	void readOverrides(ProblemList& problems);
	const std::string* variable(const std::string& name) const;
	std::optional<Settings::Value> fromEnvironment(
		const std::string& section, const GimletConfigKey& key, ProblemList& problems) const;
	std::optional<Settings::Value> fromHostAndPort(
		const std::string& section, const GimletConfigKey& key, ProblemList& problems) const;
	std::optional<std::uint16_t> aliasPort(const GimletConfigKey& key, ProblemList& problems) const;
	void checkFile(const Schema& schema, ProblemList& problems) const;
	void checkOverrides(const Schema& schema, ProblemList& problems) const;
	void checkEnvironment(const Schema& schema, ProblemList& problems) const;

	Sources _sources;
	IniFile _ini;
	std::vector<Override> _overrides;
};

}
