#pragma once

#include <string>

#include "node/api/Discovery.h"
#include "node/core/NodeCore.h"

namespace gimlet::core
{

/// The node as the discovery of one plugin sees it: what the plugin finds is remembered as found by it, since
/// others may find the same. Loop thread only.
class PluginDiscoveryHost final : public DiscoveryHost
{
public:
	/// @param node Must outlive it. @param plugin The plugin's name.
	PluginDiscoveryHost(NodeCore& node, std::string plugin);

	void candidateFound(const Candidate& candidate) override;
	void candidateLost(const Candidate& candidate) override;
	void gatheringDone(Port& port) override;
	void mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail) override;
	void natBehaviour(Port& port, const NatBehaviour& behaviour) override;
	void portOffered(Port& port) override;
	void portWithdrawn(Port& port) override;
	void datagramReceived(ByteView datagram, const Path& path) override;
	void publicAddress(const std::string& address, const std::string& source) override;

private:
	NodeCore& _node;
	const std::string _plugin;
};

}
