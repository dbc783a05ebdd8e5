#include "node/core/config/Layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/api/Log.h"
#include "node/core/config/Suggestion.h"
#include "node/core/config/ValueCheck.h"

namespace gimlet::core
{

namespace
{

constexpr std::string_view PREFIX = "GIMLET_";

/// The PEM key of `[node] identity = env`: a secret, so never a key that a file could hold.
constexpr std::string_view NODE_KEY = "GIMLET_NODE_KEY";

Settings::Value layerValue(const std::string& text, Origin origin, const std::string& where)
{
	Settings::Value value;
	value.text = text;
	value.origin = origin;
	value.where = where;
	return value;
}

std::string unknownSection(const std::string& name, const Schema& schema)
{
	return fmt::format("[{}]: there is no such section{}", name, didYouMean(name, schema.names()));
}

std::string unknownKey(const std::string& key, const Schema::Section& section)
{
	auto keys = section.keyNames();
	const auto suggestion = didYouMean(key, keys);
	if (!suggestion.empty())
		return fmt::format("there is no such key{}", suggestion);
	std::sort(keys.begin(), keys.end());
	return keys.empty()
			   ? fmt::format("there is no such key; [{}] has none", section.name)
			   : fmt::format("there is no such key; [{}] has {}", section.name, fmt::join(keys, ", "));
}

/// The value of an undeclared key, as far as it may be shown: whoever misspells `token` meant to keep it
/// secret.
std::string shown(const std::string& key, const std::string& value, const Schema& schema)
{
	std::vector<std::string> secrets{"token", "password", "secret"};
	for (const auto& section : schema.sections())
		for (const auto& declared : section.keys)
			if ((declared.flags & GIMLET_SECRET) != 0)
				secrets.emplace_back(declared.name);
	return closest(key, secrets).empty() ? printable(value, 200) : "(hidden)";
}

}

bool Layers::isReserved(std::string_view variable)
{
	return variable == NODE_KEY;
}

Layers::Layers(Sources sources, ProblemList& problems) :
	_sources(std::move(sources)), _ini(IniFile::parse(_sources.text))
{
	for (const auto& fault : _ini.faults)
		problems.addLine(_sources.file, fault.line, fault.message);
	readOverrides(problems);
}

void Layers::readOverrides(ProblemList& problems)
{
	for (const auto& text : _sources.overrides)
	{
		const auto equals = text.find('=');
		const auto dot = text.find('.');
		if (equals == std::string::npos || dot == std::string::npos || dot > equals)
		{
			problems.add(fmt::format("--set {}: write it as section.key=value", printable(text, 200)));
			continue;
		}
		_overrides.push_back(
			{text.substr(0, dot), text.substr(dot + 1, equals - dot - 1), text.substr(equals + 1)});
	}
}

const std::string* Layers::variable(const std::string& name) const
{
	const auto found = _sources.environment.find(name);
	return found == _sources.environment.end() ? nullptr : &found->second;
}

Settings::Value Layers::value(
	const std::string& section, const GimletConfigKey& key, ProblemList& problems) const
{
	Settings::Value result = layerValue(key.defaultValue, Origin::Default, "default");
	const auto override = std::find_if(_overrides.rbegin(), _overrides.rend(),
		[&](const Override& candidate) { return candidate.section == section && candidate.key == key.name; });
	if (override != _overrides.rend())
		result = layerValue(override->value, Origin::CommandLine, "--set");
	else if (auto fromVariable = fromEnvironment(section, key, problems))
		result = *std::move(fromVariable);
	else if (const auto* entry = _ini.find(section, key.name))
		result = layerValue(entry->value, Origin::File, fmt::format("{}:{}", _sources.file, entry->line));
	result.type = key.type;
	result.secret = (key.flags & GIMLET_SECRET) != 0;
	if (key.aliasKind == GIMLET_ALIAS_PORT)
		result.aliasPort = aliasPort(key, problems);
	return result;
}

std::optional<Settings::Value> Layers::fromEnvironment(
	const std::string& section, const GimletConfigKey& key, ProblemList& problems) const
{
	const auto name = environmentName(section, key.name);
	if (const auto* text = variable(name))
		return layerValue(*text, Origin::Environment, name);
	if (key.aliasKind == GIMLET_ALIAS_HOST_PORT)
		return fromHostAndPort(section, key, problems);
	if (key.aliasKind != GIMLET_ALIAS_VALUE)
		return std::nullopt;
	for (const auto& alias : aliasNames(key))
		if (const auto* text = variable(alias); text && !text->empty())
			return layerValue(*text, Origin::Environment, alias);
	return std::nullopt;
}

std::optional<Settings::Value> Layers::fromHostAndPort(
	const std::string& section, const GimletConfigKey& key, ProblemList& problems) const
{
	constexpr std::uint16_t STUN_PORT = 3478; // RFC 8489, section 18.6
	const auto names = aliasNames(key);
	if (names.size() != 2)
		return std::nullopt;
	const auto* host = variable(names[0]);
	const auto* port = variable(names[1]);
	const bool hasHost = host && !host->empty();
	const bool hasPort = port && !port->empty();
	if (!hasHost && !hasPort)
		return std::nullopt;

	const auto defaults = splitList(key.defaultValue);
	const auto first = defaults.empty() ? std::nullopt : parseHostPort(defaults.front(), STUN_PORT);
	HostPort result = hasHost || !first ? HostPort{hasHost ? *host : "", STUN_PORT} : *first;
	// A host that is known by default keeps the port that it is known with.
	for (const auto& part : defaults)
		if (const auto known = parseHostPort(part, STUN_PORT); known && known->host == result.host)
			result.port = known->port;
	if (hasPort)
	{
		const auto number = parsePort(*port);
		if (number && *number != 0)
			result.port = *number;
		else
			problems.addVariable(names[1], *port, "is not a port; 1 to 65535 is right");
	}
	const auto text = result.toString();
	const bool isAddress = Endpoint::parseAddress(result.host, 0).has_value();
	if (hasHost && !isAddress && (host->find_first_of(":,[] /") != std::string::npos))
	{
		problems.addVariable(names[0], *host,
			fmt::format("is not one host; name one here and its port in {}, or several in [{}] {}", names[1],
				section, key.name));
		return std::nullopt;
	}
	return layerValue(text, Origin::Environment, hasHost ? names[0] : names[1]);
}

std::vector<std::string> Layers::warnings(const Schema& schema) const
{
	std::vector<std::string> result;
	ProblemList known; // told already
	for (const auto& section : schema.sections())
		for (const auto& key : section.keys)
		{
			if (!section.used || key.aliasKind != GIMLET_ALIAS_HOST_PORT)
				continue;
			const auto names = aliasNames(key);
			const auto effective = value(section.name, key, known);
			if (names.size() == 2 && effective.where == names[1])
				result.push_back(
					fmt::format("{} is set without {}: [{}] {} is {}, whatever the file says; set both, or "
								"{}",
						names[1], names[0], section.name, key.name, effective.text,
						environmentName(section.name, key.name)));
		}
	return result;
}

std::optional<std::uint16_t> Layers::aliasPort(const GimletConfigKey& key, ProblemList& problems) const
{
	for (const auto& alias : aliasNames(key))
	{
		const auto* text = variable(alias);
		if (!text || text->empty())
			continue;
		const auto port = parsePort(*text);
		if (!port)
			problems.addVariable(alias, *text, "is not a port; 0 to 65535 is right, 0 for any free one");
		return port;
	}
	return std::nullopt;
}

void Layers::checkNames(const Schema& schema, ProblemList& problems) const
{
	checkFile(schema, problems);
	checkEnvironment(schema, problems);
	checkOverrides(schema, problems);
}

void Layers::checkFile(const Schema& schema, ProblemList& problems) const
{
	std::vector<std::string> reported;
	for (const auto& section : _ini.sections)
	{
		if (schema.section(section.name) || std::count(reported.begin(), reported.end(), section.name))
			continue;
		reported.push_back(section.name);
		problems.addLine(_sources.file, section.line, unknownSection(section.name, schema));
	}
	for (const auto& entry : _ini.entries)
	{
		const auto* section = schema.section(entry.section);
		if (section && !section->opaque && !section->key(entry.key))
			problems.addLine(_sources.file, entry.line,
				fmt::format("[{}] {} = {}: {}", entry.section, entry.key,
					shown(entry.key, entry.value, schema), unknownKey(entry.key, *section)));
	}
}

void Layers::checkOverrides(const Schema& schema, ProblemList& problems) const
{
	for (const auto& override : _overrides)
	{
		const auto* section = schema.section(override.section);
		const auto spelt = fmt::format(
			"--set {}.{}={}: ", override.section, override.key, shown(override.key, override.value, schema));
		if (!section)
			problems.add(spelt + unknownSection(override.section, schema));
		else if (!section->opaque && !section->key(override.key))
			problems.add(spelt + unknownKey(override.key, *section));
	}
}

void Layers::checkEnvironment(const Schema& schema, ProblemList& problems) const
{
	const auto known = schema.environmentNames();
	for (const auto& entry : _sources.environment)
	{
		const auto& name = entry.first;
		if (!name.starts_with(PREFIX) || isReserved(name) ||
			std::find(known.begin(), known.end(), name) != known.end())
			continue;
		const bool opaque = std::any_of(schema.sections().begin(), schema.sections().end(),
			[&](const Schema::Section& section)
			{ return section.opaque && name.starts_with(environmentPrefix(section.name)); });
		// The value is not shown, since the name may be that of a secret, misspelt.
		if (!opaque)
			problems.add(fmt::format("environment: {}: there is no such setting{}", printable(name, 100),
				didYouMean(name, known)));
	}
}

bool Layers::mentions(std::string_view section) const
{
	const auto inSection = [&](const auto& entry) { return entry.section == section; };
	const auto prefix = environmentPrefix(section);
	return std::any_of(_ini.sections.begin(), _ini.sections.end(),
			   [&](const IniFile::Section& candidate) { return candidate.name == section; }) ||
		   std::any_of(_overrides.begin(), _overrides.end(), inSection) ||
		   std::any_of(_sources.environment.begin(), _sources.environment.end(),
			   [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

bool Layers::misspells(const Schema::Section& section, const GimletConfigKey& key) const
{
	const auto meant = [&](const auto& entry)
	{
		return entry.section == section.name && !section.key(entry.key) &&
			   closest(entry.key, section.keyNames()) == key.name;
	};
	return std::any_of(_ini.entries.begin(), _ini.entries.end(), meant) ||
		   std::any_of(_overrides.begin(), _overrides.end(), meant);
}

}
