#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/core/config/Configuration.h"
#include "node/core/plugin/PluginCatalogue.h"
#include "node/core/plugin/PluginManager.h"

namespace gimlet::core
{

/// All that is known about a node before anything of it is built: its configuration, read and checked, and
/// the plugins that it names, opened and found to fit.
///
/// The first stage reads [node] alone, since that says which plugins there are; these say which sections
/// and keys there are; then everything is read.
class Setup
{
public:
	/// @param pluginFolders Where to look after [node] plugin_path.
	/// Never throws for a bad configuration: see problems().
	Setup(const Sources& sources, const std::vector<std::string>& pluginFolders);

	/// What is wrong with the configuration. Whoever checks further adds to it.
	ProblemList& problems()
	{
		return _problems;
	}

	/// What a person should know though it is no error.
	const std::vector<std::string>& warnings() const
	{
		return _warnings;
	}

	PluginCatalogue& catalogue()
	{
		return *_catalogue;
	}

	const Schema& schema() const
	{
		return _schema;
	}

	Configuration& configuration()
	{
		return *_configuration;
	}

	/// The selected plugins that are installed, in the order of [node] plugins.
	const std::vector<PluginManager::Selection>& selection() const
	{
		return _selection;
	}

	/// Whether any of them meets peers (signaling, transport), so that it matters who the node is.
	bool linksWithPeers() const;

private:
	void selectPlugins(const Settings& node);
	void addPluginSections(const Layers& layers);
	void checkNode();
	void warnOfMissingRoles();
	/// Those of the selected plugins.
	std::set<std::string> roles() const;

	ProblemList _problems;
	std::vector<std::string> _warnings;
	std::unique_ptr<PluginCatalogue> _catalogue;
	Schema _schema;
	std::optional<Configuration> _configuration;
	std::vector<PluginManager::Selection> _selection;
};

/// One of [node] name_servers: an address, with or without a port. Empty if malformed.
std::optional<Endpoint> parseNameServer(const std::string& text);

}
