#include "node/core/config/Schema.h"

#include <Poco/String.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "node/api/Settings.h"

namespace gimlet::core
{

const GimletConfigKey* Schema::Section::key(std::string_view keyName) const
{
	const auto found = std::find_if(keys.begin(), keys.end(),
		[&](const GimletConfigKey& candidate) { return keyName == candidate.name; });
	return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> Schema::Section::keyNames() const
{
	std::vector<std::string> result;
	for (const auto& declared : keys)
		result.emplace_back(declared.name);
	return result;
}

void Schema::add(Section section)
{
	addName(section.name);
	_sections.push_back(std::move(section));
}

void Schema::addName(const std::string& section)
{
	if (std::find(_names.begin(), _names.end(), section) == _names.end())
		_names.push_back(section);
}

const Schema::Section* Schema::section(std::string_view name) const
{
	const auto found = std::find_if(
		_sections.begin(), _sections.end(), [&](const Section& candidate) { return candidate.name == name; });
	return found == _sections.end() ? nullptr : &*found;
}

std::vector<std::string> Schema::environmentNames() const
{
	std::vector<std::string> result;
	for (const auto& declared : _sections)
	{
		for (const auto& key : declared.keys)
		{
			result.push_back(environmentName(declared.name, key.name));
			for (auto& alias : aliasNames(key))
				result.push_back(std::move(alias));
		}
	}
	return result;
}

std::vector<std::string> Schema::collisions() const
{
	std::vector<std::string> result;
	std::map<std::string, std::string> seen;
	for (const auto& declared : _sections)
	{
		for (const auto& key : declared.keys)
		{
			const auto spelt = fmt::format("[{}] {}", declared.name, key.name);
			const auto name = environmentName(declared.name, key.name);
			const auto [first, isNew] = seen.emplace(name, spelt);
			if (!isNew)
				result.push_back(fmt::format("{} and {} would both be {}", first->second, spelt, name));
		}
	}
	return result;
}

std::string environmentName(std::string_view section, std::string_view key)
{
	auto name = fmt::format("GIMLET_{}_{}", section, key);
	std::replace_if(
		name.begin(), name.end(), [](char character) { return character == '-' || character == '.'; }, '_');
	return Poco::toUpper(name);
}

std::string environmentPrefix(std::string_view section)
{
	return environmentName(section, "");
}

std::vector<std::string> aliasNames(const GimletConfigKey& key)
{
	return splitList(key.alias);
}

}
