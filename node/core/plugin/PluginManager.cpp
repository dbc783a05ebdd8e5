#include "node/core/plugin/PluginManager.h"

#include <Poco/Exception.h>
#include <fmt/format.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"

namespace gimlet::core
{

namespace
{

constexpr std::array STATES{PluginState::Stopped, PluginState::Starting, PluginState::Ready,
	PluginState::Degraded, PluginState::Failed};

bool worse(PluginState state)
{
	return state == PluginState::Degraded || state == PluginState::Failed;
}

}

PluginManager::PluginManager(
	PluginCatalogue& catalogue, PluginServices services, const std::vector<Selection>& selection) :
	_catalogue(catalogue), _services(std::move(services))
{
	auto& family = prometheus::BuildGauge()
					   .Name("gimlet_plugin_state")
					   .Help("1 for the state that a plugin is in, 0 for the others.")
					   .Register(_services.metrics);
	for (const auto& [name, required] : selection)
	{
		auto entry = std::make_unique<Entry>();
		entry->info.name = name;
		entry->info.required = required;
		if (const auto* library = _catalogue.library(name))
			entry->info.role = library->descriptor().role;
		for (const auto state : STATES)
			entry->gauges.push_back(&family.Add({{"plugin", name}, {"state", toString(state)}}));
		setState(*entry, PluginState::Stopped, "");
		_entries.push_back(std::move(entry));
	}
}

PluginManager::~PluginManager()
{
	stop();
	while (!_entries.empty())
		_entries.pop_back();
}

void PluginManager::createPlugin(Entry& entry)
{
	const auto* library = _catalogue.library(entry.info.name);
	if (!library)
		return fail(entry, "cannot be used", _catalogue.error(entry.info.name));
	try
	{
		entry.context = std::make_unique<PluginContext>(_services, entry.info.name,
			[this, &entry](PluginState state, const std::string& reason)
			{
				entry.spoke = true;
				setState(entry, state, reason);
			});
		entry.plugin.reset(library->descriptor().create(*entry.context));
	}
	catch (...)
	{
		return fail(entry, "cannot be created", currentExceptionText());
	}
	if (!entry.plugin)
		fail(entry, "cannot be created", "its factory returned nothing");
}

void PluginManager::configure(const Configuration& configuration, ProblemList& problems)
{
	ConfigurationProblems collector{configuration, problems};
	std::string failure;
	for (const auto& entry : _entries)
	{
		try
		{
			createPlugin(*entry);
			if (!entry->plugin || !configuration.sound(entry->info.name))
				continue;
			try
			{
				entry->plugin->configure(configuration.section(entry->info.name), collector);
			}
			catch (...)
			{
				entry->plugin.reset();
				fail(*entry, "failed while it read its configuration", currentExceptionText());
			}
		}
		catch (const Failure& error)
		{
			// The others are asked all the same: all that is wrong is told at once.
			failure += failure.empty() ? error.what() : fmt::format("\n{}", error.what());
		}
	}
	if (!failure.empty())
		throw Failure{failure};
}

bool PluginManager::startNext()
{
	while (_next < _entries.size() && !_entries[_next]->plugin)
		++_next;
	if (_next == _entries.size())
		return false;
	auto& entry = *_entries[_next++];
	entry.running = true;
	entry.spoke = false;
	setState(entry, PluginState::Starting, "");
	try
	{
		entry.plugin->start();
		attach(*entry.plugin);
	}
	catch (...)
	{
		const auto why = currentExceptionText();
		entry.running = false;
		if (entry.info.required)
			entry.halfStarted = true; // stop() may hang, so whoever ends the node must know of the end before
		else
			stopEntry(entry);
		fail(entry, "cannot start", why);
		return true;
	}
	if (!entry.spoke)
		setState(entry, PluginState::Ready, "");
	return true;
}

std::string PluginManager::summary() const
{
	std::vector<std::string> running;
	std::vector<std::string> failed;
	for (const auto& entry : _entries)
		(entry->running ? running : failed).push_back(entry->info.name);
	const auto text = fmt::format("{}", fmt::join(running, ", "));
	return failed.empty() ? text : fmt::format("{}; without {}", text, fmt::join(failed, ", "));
}

void PluginManager::stop()
{
	_next = _entries.size();
	for (auto entry = _entries.rbegin(); entry != _entries.rend(); ++entry)
	{
		const bool halfStarted = (*entry)->halfStarted;
		if (!(*entry)->running && !halfStarted)
			continue;
		stopEntry(**entry);
		if (!halfStarted)
			setState(**entry, PluginState::Stopped, "");
	}
}

void PluginManager::stopEntry(Entry& entry)
{
	entry.running = entry.halfStarted = false;
	try
	{
		detach(*entry.plugin);
		entry.plugin->stop();
	}
	catch (...)
	{
		logError(
			Poco::Logger::get(entry.info.name), fmt::format("the plugin {} failed while it was stopped: {}",
													entry.info.name, currentExceptionText()));
	}
}

void PluginManager::attach(Plugin& plugin)
{
	if (auto* discovery = dynamic_cast<Discovery*>(&plugin))
		_services.node.attach(*discovery);
	if (auto* signaling = dynamic_cast<Signaling*>(&plugin))
		_services.node.attach(*signaling);
	if (auto* transport = dynamic_cast<Transport*>(&plugin))
		_services.node.attach(*transport);
}

void PluginManager::detach(Plugin& plugin)
{
	if (auto* discovery = dynamic_cast<Discovery*>(&plugin))
		_services.node.detach(*discovery);
	if (auto* signaling = dynamic_cast<Signaling*>(&plugin))
		_services.node.detach(*signaling);
	if (auto* transport = dynamic_cast<Transport*>(&plugin))
		_services.node.detach(*transport);
}

void PluginManager::check(
	const Configuration& configuration, const std::vector<std::string>& sections, ProblemList& problems)
{
	// Its figures are nobody's, and it can end nothing.
	prometheus::Registry metrics;
	PluginServices services{.loop = _services.loop,
		.resolver = _services.resolver,
		.streams = _services.streams,
		.http = _services.http,
		.metrics = metrics,
		.node = _services.node,
		.identity = _services.identity,
		.dataDirectory = _services.dataDirectory,
		.requestStop = [](int, const std::string&) {}};
	ConfigurationProblems collector{configuration, problems};
	for (const auto& entry : _entries)
	{
		const auto& name = entry->info.name;
		if (!entry->running || std::find(sections.begin(), sections.end(), name) == sections.end())
			continue;
		try
		{
			PluginContext context{services, name, [](PluginState, const std::string&) {}};
			const std::unique_ptr<Plugin> plugin{_catalogue.library(name)->descriptor().create(context)};
			if (plugin)
				plugin->configure(configuration.section(name), collector);
		}
		catch (...)
		{
			problems.add(fmt::format(
				"[{}]: the plugin failed while it read its configuration: {}", name, currentExceptionText()));
		}
	}
}

void PluginManager::reconfigure(const Configuration& configuration, const std::vector<std::string>& sections)
{
	for (const auto& entry : _entries)
	{
		if (!entry->running ||
			std::find(sections.begin(), sections.end(), entry->info.name) == sections.end())
			continue;
		try
		{
			entry->plugin->reconfigure(configuration.section(entry->info.name));
		}
		catch (...)
		{
			logError(Poco::Logger::get(entry->info.name),
				fmt::format("the plugin {} could not take its new settings and goes on as before: {}",
					entry->info.name, currentExceptionText()));
		}
	}
}

void PluginManager::fail(Entry& entry, const std::string& what, const std::string& why)
{
	setState(entry, PluginState::Failed, why);
	if (entry.info.required)
		throw Failure{fmt::format("the plugin {} {}: {}", entry.info.name, what, why)};
	logWarning(Poco::Logger::get("node"),
		fmt::format("the optional plugin {} {}; the node runs without it: {}", entry.info.name, what, why),
		{{"plugin", entry.info.name}});
}

void PluginManager::setState(Entry& entry, PluginState state, const std::string& reason)
{
	const auto before = entry.info;
	entry.info.state = state;
	entry.info.reason = reason;
	for (std::size_t index = 0; index < entry.gauges.size(); ++index)
		entry.gauges[index]->Set(STATES[index] == state ? 1 : 0);
	if (entry.running)
		logState(before, entry.info);
	_services.node.pluginChanged(entry.info);
}

void PluginManager::logState(const PluginInfo& before, const PluginInfo& now) const
{
	if (before.state == now.state && before.reason == now.reason)
		return;
	auto& logger = Poco::Logger::get(now.name);
	if (worse(now.state))
		logWarning(logger, fmt::format("{}: {}", toString(now.state), now.reason));
	else if (worse(before.state) && now.state == PluginState::Ready)
		logInformation(logger, "ready again");
	else
		logDebug(logger, "{}", toString(now.state));
}

}
