#pragma once

#include <functional>
#include <string>

#include "node/api/Context.h"
#include "node/api/Identity.h"
#include "node/core/NodeCore.h"
#include "node/core/plugin/PluginDiscoveryHost.h"

namespace gimlet::core
{

/// What all plugins of one node share. Everything outlives the plugins.
struct PluginServices
{
	EventLoop& loop;
	Resolver& resolver;
	StreamConnector& streams;
	HttpHost& http;
	prometheus::Registry& metrics;
	NodeCore& node;
	const Identity& identity;
	std::string dataDirectory;
	/// Ends the node in an orderly way; never inside the call.
	std::function<void(int exitCode, const std::string& reason)> requestStop;
};

/// The Context of one plugin. Loop thread only.
class PluginContext final : public Context
{
public:
	using StateChanged = std::function<void(PluginState state, const std::string& reason)>;

	PluginContext(const PluginServices& services, const std::string& name, StateChanged stateChanged);

	EventLoop& loop() override;
	Resolver& resolver() override;
	StreamConnector& streams() override;
	HttpHost& http() override;
	Poco::Logger& logger() override;
	prometheus::Registry& metrics() override;
	const std::string& dataDirectory() const override;
	const Identity& identity() override;
	Node& node() override;
	DiscoveryHost& discoveryHost() override;
	SignalingHost& signalingHost() override;
	TransportHost& transportHost() override;
	void setState(PluginState state, const std::string& reason) override;
	void report(const NetworkFact& fact) override;
	void requestStop(int exitCode, const std::string& reason) override;

private:
	const PluginServices& _services;
	std::string _name;
	Poco::Logger& _logger;
	StateChanged _stateChanged;
	PluginDiscoveryHost _discoveryHost;
};

}
