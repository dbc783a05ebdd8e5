#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/ConfigKey.h"

namespace gimlet::core
{

/// Which sections and keys there are: the declarations of the node itself and of its plugins, side by side.
/// The declarations are not copied; the library that they stand in must stay loaded.
class Schema
{
public:
	struct Section
	{
		std::string name;
		std::span<const GimletConfigKey> keys;
		/// Whether somebody will read it: a core section or a selected plugin's. What an unselected plugin's
		/// section says is checked, but nothing needs to be there.
		bool used = true;
		/// Whether its keys could not be read (the plugin's library does not load), so that any are let pass.
		bool opaque = false;

		const GimletConfigKey* key(std::string_view keyName) const;
		std::vector<std::string> keyNames() const;
	};

	void add(Section section);

	/// A section that exists but is not declared here, for suggestions.
	void addName(const std::string& section);

	const std::vector<Section>& sections() const
	{
		return _sections;
	}

	/// The section, or null.
	const Section* section(std::string_view name) const;

	/// All names of sections, declared or not.
	const std::vector<std::string>& names() const
	{
		return _names;
	}

	/// Every environment name that means something, aliases included.
	std::vector<std::string> environmentNames() const;

	/// Sentences about two keys that would have the same environment name.
	std::vector<std::string> collisions() const;

private:
	std::vector<Section> _sections;
	std::vector<std::string> _names;
};

/// GIMLET_<SECTION>_<KEY>: upper case, dashes and dots become underscores.
std::string environmentName(std::string_view section, std::string_view key);

/// GIMLET_<SECTION>_: what all names of a section begin with.
std::string environmentPrefix(std::string_view section);

/// The further environment names of a key: none, one, or two ("STUN_HOST,STUN_PORT").
std::vector<std::string> aliasNames(const GimletConfigKey& key);

}
