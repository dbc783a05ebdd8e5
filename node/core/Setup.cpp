#include "node/core/Setup.h"

#include <Poco/UUID.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "node/core/config/CoreKeys.h"
#include "node/core/config/Suggestion.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

constexpr std::size_t MAX_NAME = 64; // docs/PROTOCOL.md, hello

Schema nodeSchema()
{
	Schema schema;
	schema.add({.name = "node", .keys = nodeKeys()});
	return schema;
}

bool isUuid(const std::string& text)
{
	Poco::UUID uuid;
	return text.size() == 36 && uuid.tryParse(text);
}

}

std::optional<Endpoint> parseNameServer(const std::string& text)
{
	constexpr std::uint16_t DNS_PORT = 53; // RFC 1035, section 4.2
	const auto endpoint = Endpoint::parse(text);
	return endpoint ? endpoint : Endpoint::parseAddress(text, DNS_PORT);
}

Setup::Setup(const Sources& sources, const std::vector<std::string>& pluginFolders)
{
	const Layers layers{sources, _problems};
	ProblemList later; // the same will be said again when everything is read
	const Configuration first{layers, nodeSchema(), later};
	const auto& node = first.section("node");

	auto folders = node.list("plugin_path");
	folders.insert(folders.end(), pluginFolders.begin(), pluginFolders.end());
	_catalogue = std::make_unique<PluginCatalogue>(std::move(folders));

	for (auto& section : coreSections())
		_schema.add(std::move(section));
	selectPlugins(node);
	addPluginSections(layers);
	for (const auto& name : _catalogue->names())
		_schema.addName(name);
	layers.checkNames(_schema, _problems);
	_configuration.emplace(layers, _schema, _problems);
	checkNode();
	if (!_problems.empty())
		return; // what follows from an error need not be told
	warnOfMissingRoles();
	const auto warnings = layers.warnings(_schema);
	_warnings.insert(_warnings.end(), warnings.begin(), warnings.end());
}

void Setup::selectPlugins(const Settings& node)
{
	const auto optional = node.list("optional");
	const auto plugins = node.list("plugins");
	std::set<std::string> seen;
	for (const auto& name : plugins)
	{
		if (!seen.insert(name).second)
			_problems.addValue(
				"node", "plugins", node.value("plugins"), fmt::format("names \"{}\" twice", name));
		else if (_catalogue->has(name))
			_selection.push_back({name, std::find(optional.begin(), optional.end(), name) == optional.end()});
		else
			_problems.addValue("node", "plugins", node.value("plugins"),
				fmt::format("there is no plugin \"{}\"{} (installed: {})", name,
					didYouMean(name, _catalogue->names()), fmt::join(_catalogue->names(), ", ")));
	}
	for (const auto& name : optional)
		if (!seen.contains(name))
			_problems.addValue("node", "optional", node.value("optional"),
				fmt::format("\"{}\" is not one of [node] plugins{}", name, didYouMean(name, plugins)));
}

void Setup::addPluginSections(const Layers& layers)
{
	for (const auto& name : _catalogue->names())
	{
		const bool used = std::any_of(_selection.begin(), _selection.end(),
			[&](const PluginManager::Selection& selected) { return selected.name == name; });
		// A library that nobody speaks of stays closed: start-up is faster, and its faults harm nobody.
		if (_schema.section(name) || (!used && !layers.mentions(name)))
			continue;
		if (const auto* library = _catalogue->library(name))
		{
			_schema.add({.name = name, .keys = library->keys(), .used = used});
			continue;
		}
		_schema.add({.name = name, .keys = {}, .used = used, .opaque = true});
		_warnings.push_back(
			fmt::format("the section [{}] was not checked: {}", name, _catalogue->error(name)));
	}
}

std::set<std::string> Setup::roles() const
{
	std::set<std::string> result;
	for (const auto& selected : _selection)
		if (const auto* library = _catalogue->library(selected.name))
			result.insert(library->descriptor().role);
	return result;
}

bool Setup::linksWithPeers() const
{
	const auto has = roles();
	return has.contains("signaling") || has.contains("transport");
}

/// A node that only serves is whole; one that has a part of what links take runs for nothing.
void Setup::warnOfMissingRoles()
{
	const auto has = roles();
	const bool wantsLinks = has.contains("discovery") || has.contains("signaling") ||
							has.contains("transport") ||
							(has.contains("frontend") && !has.contains("service"));
	std::vector<std::string> missing;
	for (const auto* role : {"transport", "signaling"})
		if (!has.contains(role))
			missing.push_back(fmt::format("no {}", role));
	if (!wantsLinks || missing.empty())
		return;
	const auto& plugins = _configuration->section("node").value("plugins");
	_warnings.push_back(fmt::format(
		"[node] plugins = {}: there is {} among them, so this node links with nobody; a node has both, "
		"such as udp-punch and rendezvous",
		plugins.text, fmt::join(missing, " and ")));
}

void Setup::checkNode()
{
	const auto& node = _configuration->section("node");
	for (const auto& peer : node.list("peers"))
		if (!isUuid(peer))
			_problems.addValue("node", "peers", node.value("peers"),
				fmt::format(
					"\"{}\" is not a worker id; one is a UUID such as 3f0c5a34-1c1f-4a0e-9d57-0c6f3a1b2c4d",
					peer));
	for (const auto& server : node.list("name_servers"))
		if (!parseNameServer(server))
			_problems.addValue("node", "name_servers", node.value("name_servers"),
				fmt::format(
					"\"{}\" is not an address; 192.0.2.53, 192.0.2.53:5353 or [2001:db8::1]:53 is right",
					server));
	const auto& log = _configuration->section("log");
	auto sources = _catalogue->names();
	sources.insert(sources.end(), {"node", "http"});
	for (const auto& source : log.list("debug"))
		if (std::find(sources.begin(), sources.end(), source) == sources.end())
			_problems.addValue("log", "debug", log.value("debug"),
				fmt::format("nothing logs as \"{}\"{}", source, didYouMean(source, sources)));
	if (json::utf8Length(node.text("name")) > MAX_NAME)
		_problems.addValue(
			"node", "name", node.value("name"), fmt::format("is longer than {} characters", MAX_NAME));
}

}
