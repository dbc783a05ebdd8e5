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

/// Where it is told how NATs filter, all is told of them that can be found out.
bool isNatKnown(const ui::NetworkKnowledge& known)
{
	const auto& nat = known.nat;
	const bool everything = nat.mapping != MappingBehaviour::Unknown &&
							nat.filtering != FilteringBehaviour::Unknown && nat.hairpin;
	return !known.hasPending("filtering") && (everything || known.has("filtering"));
}

}

/// A rendezvous that cannot be reached now may be in a moment, for it is tried again; one that refuses this
/// node will offer it no relay either.
bool isEverythingKnown(const ui::NetworkKnowledge& known, const std::vector<PluginInfo>& plugins)
{
	const bool signaling = runs(plugins, "signaling");
	if (signaling && !known.rendezvousAnswers() && !known.rendezvousRefuses())
		return false;
	if (known.hasPending("port-mapping") || (runs(plugins, "discovery") && !isNatKnown(known)))
		return false;
	return signaling && known.rendezvousAnswers() ? known.relayKnown() : !known.hasPending("turn");
}

}
