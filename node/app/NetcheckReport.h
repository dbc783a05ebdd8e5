#pragma once

#include <string>
#include <vector>

#include "node/api/Node.h"
#include "node/api/Time.h"
#include "node/protocol/ui/Objects.h"

namespace gimlet::app
{

/// What `gimlet netcheck` has found.
struct NetcheckReport
{
	ui::NetworkStatus network;
	ui::SignalingStatus signaling;
	std::vector<PluginInfo> plugins;
	/// Whether anything at all was reached.
	bool usable = false;
	std::chrono::milliseconds took{0};
};

/// For people; what came from the network is made safe for a terminal.
std::string toText(const NetcheckReport& report);

/// For programs: one object in one line.
std::string toJson(const NetcheckReport& report);

}
