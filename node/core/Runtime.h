#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/core/EpollLoop.h"
#include "node/core/NodeCore.h"
#include "node/core/Setup.h"
#include "node/core/StatusPages.h"
#include "node/core/identity/NodeState.h"
#include "node/core/net/NetworkWatch.h"
#include "node/core/plugin/PluginManager.h"
#include "node/http/Host.h"

namespace gimlet::core
{

/// One running node: the loop, names, streams, the HTTP listener, the node and its plugins, each given to
/// the next by its constructor. Nothing is global, so that two can live in one process.
class Runtime
{
public:
	struct Options
	{
		std::string version;
		/// The folder of the shipped files; web/ is in it.
		std::string dataDirectory;
		/// Who the node is; null means somebody new, in memory.
		std::unique_ptr<NodeState> state{};
		/// Called once, when the end has been decided upon and before anything is stopped, with the exit
		/// code. May be empty.
		std::function<void(int exitCode)> ending{};
	};

	/// Opens nothing to the outside. @param setup Outlives the runtime; should be free of problems when
	/// start() is called.
	Runtime(Setup& setup, Options options);
	Runtime(const Runtime&) = delete;
	Runtime& operator=(const Runtime&) = delete;
	~Runtime();

	/// Lets all plugins check their sections; adds to setup.problems().
	/// @throws PluginManager::Failure when a required plugin cannot be used.
	void configure();

	/// Begins to start; the plugins follow in rounds of the loop, so that a signal is heard in between.
	/// @param started Called when all have been started.
	void start(std::function<void()> started);

	/// Runs the loop until somebody asks for the end, then stops the plugins in reverse.
	/// @return The exit code asked for.
	int run();

	/// Ends run() after the present round. The first caller's code counts. Loop thread only.
	void requestStop(int exitCode, const std::string& reason);

	/// Takes over the reloadable keys of a configuration that was read anew, and says which other changes
	/// need a restart. A configuration with problems, those between the keys of a plugin too, is reported and
	/// not taken. Loop thread only.
	/// @return Whether it was taken.
	bool reload(Setup& newer);

	/// The process was stopped and goes on (SIGCONT). Loop thread only.
	void continued();

	EpollLoop& loop()
	{
		return _loop;
	}

	NodeCore& node()
	{
		return _node;
	}

	HttpHost& http()
	{
		return *_http;
	}

private:
	void startNextPlugin();
	void watchNetwork();
	/// Whether a configuration that was read anew is whole and checked; tells what is wrong with it.
	bool mayTake(Setup& newer, const std::vector<std::string>& sections);

	Setup& _setup;
	Options _options;
	Poco::Logger& _logger;
	EpollLoop _loop;
	std::shared_ptr<prometheus::Registry> _metrics;
	std::unique_ptr<Resolver> _resolver;
	std::unique_ptr<StreamConnector> _streams;
	std::unique_ptr<http::Host> _http;
	std::unique_ptr<NodeState> _state;
	NodeCore _node;
	std::unique_ptr<StatusPages> _pages;
	PluginManager _plugins;
	std::unique_ptr<NetworkWatch> _network; ///< none where there are no links
	std::function<void()> _started;
	std::optional<int> _exitCode;
};

}
