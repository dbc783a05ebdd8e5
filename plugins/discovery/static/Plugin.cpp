#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/discovery/static/StaticDiscovery.h"

namespace
{

const GimletConfigKey KEYS[] = {
	{"addresses", GIMLET_LIST, "", "", GIMLET_REQUIRED | GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"The addresses under which the node's UDP port can be reached from outside, with commas between "
		"them: "
		"203.0.113.7:40001, or without a port where a router forwards the same one."},
};

}

GIMLET_PLUGIN("discovery", "static", "1.0", "Public addresses from the configuration.", KEYS,
	gimlet::fixed::StaticDiscovery)
