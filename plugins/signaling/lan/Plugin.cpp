#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/signaling/lan/LanSignaling.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"room", GIMLET_TEXT, "lobby", "", 0, "", GIMLET_ALIAS_VALUE,
		"Nodes of the same room find each other. 1 to 64 of A-Z a-z 0-9 . _ -"},
	{"token", GIMLET_TEXT, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE,
		"A secret that all nodes of the room know: what others say is not heard then. Empty lets everybody "
		"on the network in."},
	{"interfaces", GIMLET_LIST, "!docker*, !br-*, !veth*, !virbr*", "", 0, "", GIMLET_ALIAS_VALUE,
		"Where others are looked for. Names of network interfaces, in which * stands for any characters, or "
		"with ! before them those to leave out. Only the latter: all others are used, but for tunnels and "
		"lo, which must be named."},
	{"group", GIMLET_LIST, "239.255.71.76, ff12::4c:414e", "", 0, "", GIMLET_ALIAS_VALUE,
		"The multicast addresses by which nodes find each other, one of IPv4 and one of IPv6 (link-local), "
		"or "
		"one of them alone. The same on all nodes."},
	{"port", GIMLET_INTEGER, "18081", "1..65535", 0, "", GIMLET_ALIAS_VALUE,
		"The UDP port of those addresses. The same on all nodes."},
};

}

GIMLET_PLUGIN("signaling", "lan", "1.0", "Finds the nodes of the same network without any server.", KEYS,
	gimlet::lan::LanSignaling)
