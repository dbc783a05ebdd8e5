#include "node/core/plugin/PluginContext.h"

namespace gimlet::core
{

PluginContext::PluginContext(
	const PluginServices& services, const std::string& name, StateChanged stateChanged) :
	_services(services),
	_name(name),
	_logger(Poco::Logger::get(name)),
	_stateChanged(std::move(stateChanged)),
	_discoveryHost(services.node, name)
{
}

EventLoop& PluginContext::loop()
{
	return _services.loop;
}

Resolver& PluginContext::resolver()
{
	return _services.resolver;
}

StreamConnector& PluginContext::streams()
{
	return _services.streams;
}

HttpHost& PluginContext::http()
{
	return _services.http;
}

Poco::Logger& PluginContext::logger()
{
	return _logger;
}

prometheus::Registry& PluginContext::metrics()
{
	return _services.metrics;
}

const std::string& PluginContext::dataDirectory() const
{
	return _services.dataDirectory;
}

const Identity& PluginContext::identity()
{
	return _services.identity;
}

Node& PluginContext::node()
{
	return _services.node;
}

DiscoveryHost& PluginContext::discoveryHost()
{
	return _discoveryHost;
}

SignalingHost& PluginContext::signalingHost()
{
	return _services.node;
}

TransportHost& PluginContext::transportHost()
{
	return _services.node;
}

void PluginContext::setState(PluginState state, const std::string& reason)
{
	_stateChanged(state, reason);
}

void PluginContext::report(const NetworkFact& fact)
{
	_services.node.report(fact);
}

void PluginContext::requestStop(int exitCode, const std::string& reason)
{
	_services.requestStop(exitCode, reason.empty() ? _name + " asked for it" : reason);
}

}
