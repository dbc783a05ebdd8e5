#include "node/core/config/SampleIni.h"

#include <fmt/format.h>

#include <sstream>

#include "node/core/config/ValueCheck.h"

namespace gimlet::core
{

namespace
{

std::string environmentNote(const std::string& section, const GimletConfigKey& key)
{
	const auto aliases = aliasNames(key);
	auto note = environmentName(section, key.name);
	if (aliases.empty())
		return note;
	return fmt::format("{}, or {}{}", note, fmt::join(aliases, " and "),
		key.aliasKind == GIMLET_ALIAS_PORT ? " for its port alone" : "");
}

std::string notes(const GimletConfigKey& key)
{
	std::string text = describeType(key);
	if ((key.flags & GIMLET_REQUIRED) != 0)
		text += "; must be set";
	if ((key.flags & GIMLET_SECRET) != 0)
		text += "; never logged";
	if ((key.flags & GIMLET_RELOADABLE) != 0)
		text += "; SIGHUP applies a change";
	return text;
}

}

std::string wrapped(const std::string& text, const std::string& prefix, std::size_t width)
{
	std::istringstream words{text};
	std::string result;
	std::string line = prefix;
	std::string word;
	while (words >> word)
	{
		if (line.size() > prefix.size() && line.size() + 1 + word.size() > width)
		{
			result += line + "\n";
			line = prefix;
		}
		line += line.size() > prefix.size() ? " " + word : word;
	}
	return line.size() > prefix.size() ? result + line + "\n" : result;
}

std::string sampleKey(const std::string& section, const GimletConfigKey& key)
{
	const std::string value = key.defaultValue;
	return wrapped(key.help, "; ") +
		   wrapped(
			   fmt::format("Takes {}. Environment: {}.", notes(key), environmentNote(section, key)), "; ") +
		   fmt::format(";{} ={}{}\n", key.name, value.empty() ? "" : " ", value);
}

std::string sampleSection(const Schema::Section& section, const std::string& summary)
{
	auto text = wrapped(summary, "; ") + fmt::format("[{}]\n", section.name);
	for (const auto& key : section.keys)
		text += "\n" + sampleKey(section.name, key);
	return text;
}

}
