#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/discovery/port-mapping/PortMapping.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"protocols", GIMLET_LIST, "pcp, nat-pmp, upnp", "", 0, "", GIMLET_ALIAS_VALUE,
		"How the router is asked, one after the other until one works. Empty asks nothing."},
	{"lifetime", GIMLET_SECONDS, "7200", "120..86400", 0, "", GIMLET_ALIAS_VALUE,
		"How long the router is asked to keep a mapping; it is renewed at half of that, and deleted when the "
		"node ends, if the router answers within a second."},
	{"gateway", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The address of the router. Empty means that of the default route."},
};

}

GIMLET_PLUGIN("discovery", "port-mapping", "1.0",
	"Asks the router to forward the node's UDP port (PCP, NAT-PMP, UPnP).", KEYS,
	gimlet::port_mapping::PortMapping)
