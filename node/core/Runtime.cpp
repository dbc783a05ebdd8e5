#include "node/core/Runtime.h"

#include <Poco/Environment.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "node/api/Log.h"
#include "node/core/net/CaresResolver.h"
#include "node/core/net/LoopStreamConnector.h"

namespace gimlet::core
{

namespace
{

constexpr int UNAVAILABLE = 69; // sysexits.h: EX_UNAVAILABLE

NodeCore::Options nodeOptions(
	const Settings& settings, NodeState& state, const std::string& version, prometheus::Registry& metrics)
{
	NodeCore::Options options;
	options.id = state.identity().id();
	options.pins = &state.pins();
	options.name = settings.text("name").empty() ? Poco::Environment::nodeName() : settings.text("name");
	options.version = version;
	const auto peers = settings.list("peers");
	options.peers = {peers.begin(), peers.end()};
	options.metrics = &metrics;
	return options;
}

CaresResolver::Options resolverOptions(const Settings& settings)
{
	CaresResolver::Options options;
	for (const auto& server : settings.list("name_servers"))
		if (const auto endpoint = parseNameServer(server))
			options.servers.push_back(*endpoint);
	return options;
}

http::HostOptions httpOptions(Setup& setup, prometheus::Registry& metrics)
{
	ConfigurationProblems problems{setup.configuration(), setup.problems()};
	http::HostOptions options;
	if (setup.configuration().sound("http"))
		options = http::hostOptions(setup.configuration().section("http"), problems);
	options.metrics = &metrics;
	return options;
}

}

Runtime::Runtime(Setup& setup, Options options) :
	_setup(setup),
	_options(std::move(options)),
	_logger(Poco::Logger::get("node")),
	_loop(_logger),
	_metrics(std::make_shared<prometheus::Registry>()),
	_resolver(std::make_unique<CaresResolver>(_loop, resolverOptions(setup.configuration().section("node")))),
	_streams(std::make_unique<LoopStreamConnector>(_loop, *_resolver)),
	_http(std::make_unique<http::Host>(_loop, Poco::Logger::get("http"), httpOptions(setup, *_metrics))),
	_state(_options.state ? std::move(_options.state) : NodeState::ephemeral()),
	_node(_loop, _logger,
		nodeOptions(setup.configuration().section("node"), *_state, _options.version, *_metrics)),
	_plugins(setup.catalogue(),
		PluginServices{.loop = _loop,
			.resolver = *_resolver,
			.streams = *_streams,
			.http = *_http,
			.metrics = *_metrics,
			.node = _node,
			.identity = _state->identity(),
			.dataDirectory = _options.dataDirectory,
			.requestStop = [this](int exitCode, const std::string& reason)
			{ requestStop(exitCode, reason); }},
		setup.selection())
{
}

Runtime::~Runtime() = default;

void Runtime::configure()
{
	_plugins.configure(_setup.configuration(), _setup.problems());
}

void Runtime::start(std::function<void()> started)
{
	_started = std::move(started);
	logInformation(_logger,
		fmt::format("gimlet {}: this node is {}, id {}", _options.version, _node.name(), _node.id()),
		{{"worker_id", _node.id()}});
	for (const auto& note : _state->notes())
		logInformation(_logger, note);
	for (const auto& warning : _state->warnings())
		logWarning(_logger, warning);
	try
	{
		_http->start();
	}
	catch (const PluginError& error)
	{
		logError(_logger, error.what());
		return requestStop(UNAVAILABLE, "");
	}
	_pages = std::make_unique<StatusPages>(*_http, _node);
	watchNetwork();
	_loop.post([this] { startNextPlugin(); });
}

void Runtime::watchNetwork()
{
	if (!_setup.linksWithPeers())
		return;
	_network =
		std::make_unique<NetworkWatch>(_loop, _logger, NetworkWatch::Options{.metrics = _metrics.get()},
			NetworkWatch::Listener{.changed = [this](const std::string& what) { _node.networkChanged(what); },
				.fact = [this](const NetworkFact& fact) { _node.report(fact); }});
}

void Runtime::continued()
{
	if (_network)
		_network->continued();
}

void Runtime::startNextPlugin()
{
	if (_exitCode)
		return;
	try
	{
		if (_plugins.startNext())
			return _loop.post([this] { startNextPlugin(); });
	}
	catch (const PluginManager::Failure& error)
	{
		logError(_logger, error.what());
		return requestStop(UNAVAILABLE, "");
	}
	logInformation(_logger, fmt::format("running: {}", _plugins.summary()));
	_started();
}

int Runtime::run()
{
	_loop.run();
	_network.reset();
	_plugins.stop();
	_pages.reset();
	_http->stop();
	return _exitCode.value_or(0);
}

void Runtime::requestStop(int exitCode, const std::string& reason)
{
	if (_exitCode)
		return;
	_exitCode = exitCode;
	if (!reason.empty())
		logInformation(_logger, fmt::format("ending: {}", reason));
	if (_options.ending)
		_options.ending(exitCode);
	_loop.stop();
}

bool Runtime::mayTake(Setup& newer, const std::vector<std::string>& sections)
{
	auto& problems = newer.problems();
	if (problems.empty())
	{
		// What the plugins would run with: the keys that need a restart keep their values.
		auto merged = _setup.configuration();
		merged.takeReloadable(newer.configuration(), _setup.schema());
		_plugins.check(merged, sections, problems);
	}
	for (const auto& line : problems.lines())
		logError(_logger, line);
	if (!problems.empty())
		logError(_logger, "the configuration was not taken; the node runs on with the one it has");
	return problems.empty();
}

bool Runtime::reload(Setup& newer)
{
	std::set<std::string> reloaded;
	std::vector<std::string> taken;
	std::vector<std::string> waiting;
	for (const auto& [section, key, reloadable] :
		_setup.configuration().changesTo(newer.configuration(), _setup.schema()))
	{
		(reloadable ? taken : waiting).push_back(fmt::format("[{}] {}", section, key));
		if (reloadable)
			reloaded.insert(section);
	}
	const std::vector<std::string> sections{reloaded.begin(), reloaded.end()};
	if (!mayTake(newer, sections))
		return false;
	_setup.configuration().takeReloadable(newer.configuration(), _setup.schema());
	_plugins.reconfigure(_setup.configuration(), sections);
	logInformation(_logger,
		taken.empty() ? "configuration read again: nothing to take over"
					  : fmt::format("configuration read again: took over {}", fmt::join(taken, ", ")));
	if (!waiting.empty())
		logWarning(_logger, fmt::format("these changes need a restart: {}", fmt::join(waiting, ", ")));
	return true;
}

}
