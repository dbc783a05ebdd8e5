#pragma once

#include <Poco/Logger.h>

#include <string>

#include "node/api/EventLoop.h"
#include "node/api/Export.h"
#include "node/api/Http.h"
#include "node/api/NetworkFact.h"
#include "node/api/Resolver.h"
#include "node/api/Stream.h"

namespace prometheus
{
class Registry;
}

namespace gimlet
{

class Identity;
class Node;
class DiscoveryHost;
class SignalingHost;
class TransportHost;

enum class PluginState
{
	Stopped,
	Starting, ///< start() was called; not yet of use
	Ready,
	Degraded, ///< running with less than it should have
	Failed,
};

GIMLET_API const char* toString(PluginState state);

/// All that a plugin is given; one Context a plugin, alive longer than the plugin. There is no other way
/// from a plugin to the world: nothing is global. Loop thread only, except logger().
class GIMLET_API Context
{
public:
	virtual ~Context();

	virtual EventLoop& loop() = 0;
	virtual Resolver& resolver() = 0;
	virtual StreamConnector& streams() = 0;
	virtual HttpHost& http() = 0;

	/// The plugin's logger, named as the plugin. Any thread.
	virtual Poco::Logger& logger() = 0;

	/// Where the plugin registers its metrics; names begin with "gimlet_<plugin>_".
	virtual prometheus::Registry& metrics() = 0;

	/// The folder of the shipped files ("web/" is in it): the build's, or share/gimlet when installed.
	virtual const std::string& dataDirectory() const = 0;

	/// Who this node is.
	virtual const Identity& identity();

	/// The node as its users see it: peers, messages, states.
	virtual Node& node() = 0;

	/// Whom a plugin of the role reports to.
	virtual DiscoveryHost& discoveryHost() = 0;
	virtual SignalingHost& signalingHost() = 0;
	virtual TransportHost& transportHost() = 0;

	/// Tells how the plugin is. After start() has returned the node assumes Ready unless the plugin has
	/// said otherwise. @param reason One sentence for /readyz, the log and the page; "" when Ready.
	virtual void setState(PluginState state, const std::string& reason) = 0;

	/// Tells something about the network. The latest of each topic and subject is kept.
	virtual void report(const NetworkFact& fact);

	/// Ends the process in an orderly way (the console's end of input). @param exitCode A sysexits code.
	virtual void requestStop(int exitCode, const std::string& reason) = 0;
};

}
