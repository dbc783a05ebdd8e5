#include "node/core/plugin/PluginDiscoveryHost.h"

#include <utility>

namespace gimlet::core
{

PluginDiscoveryHost::PluginDiscoveryHost(NodeCore& node, std::string plugin) :
	_node(node), _plugin(std::move(plugin))
{
}

void PluginDiscoveryHost::candidateFound(const Candidate& candidate)
{
	_node.candidateFound(candidate, _plugin);
}

void PluginDiscoveryHost::candidateLost(const Candidate& candidate)
{
	_node.candidateLost(candidate, _plugin);
}

void PluginDiscoveryHost::gatheringDone(Port& port)
{
	_node.gatheringDone(port);
}

void PluginDiscoveryHost::mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail)
{
	_node.mappingBehaviour(port, behaviour, detail);
}

void PluginDiscoveryHost::natBehaviour(Port& port, const NatBehaviour& behaviour)
{
	_node.natBehaviour(port, behaviour);
}

void PluginDiscoveryHost::portOffered(Port& port)
{
	_node.portOffered(port);
}

void PluginDiscoveryHost::portWithdrawn(Port& port)
{
	_node.portWithdrawn(port);
}

void PluginDiscoveryHost::datagramReceived(ByteView datagram, const Path& path)
{
	_node.datagramReceived(datagram, path);
}

void PluginDiscoveryHost::publicAddress(const std::string& address, const std::string& source)
{
	_node.publicAddress(address, source);
}

}
