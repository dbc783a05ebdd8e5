#include "node/app/NetcheckPatience.h"

#include <algorithm>

namespace gimlet::app
{

namespace
{

bool runs(const std::vector<PluginInfo>& plugins, const char* role)
{
	return std::any_of(plugins.begin(), plugins.end(),
		[role](const PluginInfo& plugin)
		{ return plugin.role == role && plugin.state != PluginState::Failed; });
}

bool isNatKnown(const NatBehaviour& nat)
{
	return nat.mapping != MappingBehaviour::Unknown && nat.filtering != FilteringBehaviour::Unknown &&
		   nat.hairpin;
}

/// Whether something is known of a relay.
bool isRelayKnown(const ui::NetworkKnowledge& known)
{
	return std::any_of(known.facts.begin(), known.facts.end(),
		[](const NetworkFact& fact) {
			return (fact.topic == "relay" || fact.topic == "turn") &&
				   fact.verdict != NetworkFact::Verdict::Unknown;
		});
}

}

/// A rendezvous that cannot be reached now may be in a moment, for it is tried again.
bool isEverythingKnown(const ui::NetworkKnowledge& known, const std::vector<PluginInfo>& plugins)
{
	return (!runs(plugins, "signaling") || known.rendezvousAnswers() || known.rendezvousRefuses()) &&
		   (!runs(plugins, "discovery") || isNatKnown(known.nat)) && isRelayKnown(known);
}

}
