#pragma once

#include <string>
#include <vector>

#include "node/protocol/ui/NetworkKnowledge.h"

namespace gimlet::ui
{

enum class UdpReach
{
	Unknown,
	Works,
	Blocked, ///< or all the servers that were asked are down; nobody can tell from here
};

/// "unknown", "works", "blocked".
const char* toString(UdpReach reach);

/// What a network means for links.
struct NetworkVerdict
{
	UdpReach udp = UdpReach::Unknown;
	/// Whether anything at all was reached.
	bool usable = false;
	/// For people, the most important first, each with a full stop: "Links are direct with every NAT ...".
	std::vector<std::string> sentences;
};

/// Who gets through which pair of NATs is a table in docs/OPERATIONS.md; this says the row of one side.
NetworkVerdict judge(const NetworkKnowledge& known);

}
