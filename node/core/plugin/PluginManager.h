#pragma once

#include <prometheus/gauge.h>

#include <memory>
#include <string>
#include <vector>

#include "node/core/config/Configuration.h"
#include "node/core/plugin/PluginCatalogue.h"
#include "node/core/plugin/PluginContext.h"

namespace gimlet::core
{

/// Leads the selected plugins through their lives: create, configure, start in order, stop in reverse.
///
/// Whatever a plugin throws is caught here and reported under its name. A required plugin's failure is the
/// node's; an optional one's leaves the node running and the plugin visible as failed. No library is ever
/// unloaded. Loop thread only.
class PluginManager
{
public:
	/// A plugin that [node] plugins names.
	struct Selection
	{
		std::string name;
		bool required = true;
	};

	/// A required plugin cannot run; the sentence names it.
	class Failure : public std::runtime_error
	{
	public:
		using std::runtime_error::runtime_error;
	};

	/// @param catalogue Has every selected plugin's library, or the reason why it does not fit.
	PluginManager(
		PluginCatalogue& catalogue, PluginServices services, const std::vector<Selection>& selection);
	PluginManager(const PluginManager&) = delete;
	PluginManager& operator=(const PluginManager&) = delete;

	/// Stops what runs and destroys the plugins, the last one first.
	~PluginManager();

	/// Makes the plugin objects and lets each check its section. A plugin whose section is not sound is left
	/// out, for its complaints would be about values that were never meant.
	/// @throws Failure when a required plugin does not load, or throws in its constructor or configure().
	void configure(const Configuration& configuration, ProblemList& problems);

	/// Starts the next plugin in order. @return False when there is none left.
	/// @throws Failure when it is required and cannot start; stop() then stops what it has begun.
	bool startNext();

	/// What runs and what does not, for the log: "udp-plain, stun, web; without rendezvous".
	std::string summary() const;

	/// Stops in reverse order all that were started, and the one that failed half-way too. Repeatable.
	void stop();

	/// Lets each running plugin of the sections say what is wrong with a configuration, without giving it to
	/// the one that runs: an instance that is never started is asked.
	void check(
		const Configuration& configuration, const std::vector<std::string>& sections, ProblemList& problems);

	/// Gives each running plugin of the sections its changed settings.
	void reconfigure(const Configuration& configuration, const std::vector<std::string>& sections);

private:
	struct Entry
	{
		PluginInfo info;
		std::unique_ptr<PluginContext> context;
		std::unique_ptr<Plugin> plugin;
		bool running = false;
		bool halfStarted = false; ///< its start() threw, and stop() is still to be called
		bool spoke = false;       ///< whether the plugin itself has told its state since its start
		std::vector<prometheus::Gauge*> gauges; ///< one for each PluginState
	};

	void createPlugin(Entry& entry);
	void attach(Plugin& plugin);
	void detach(Plugin& plugin);
	void stopEntry(Entry& entry);
	void fail(Entry& entry, const std::string& what, const std::string& why);
	void setState(Entry& entry, PluginState state, const std::string& reason);
	void logState(const PluginInfo& before, const PluginInfo& now) const;

	PluginCatalogue& _catalogue;
	PluginServices _services;
	std::vector<std::unique_ptr<Entry>> _entries;
	std::size_t _next = 0;
};

}
