#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/discovery/stun/Finder.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"servers", GIMLET_HOST_PORTS, "stun.l.google.com:19302, stun.cloudflare.com:3478", "", GIMLET_RELOADABLE,
		"STUN_HOST,STUN_PORT", GIMLET_ALIAS_HOST_PORT,
		"The STUN servers, as host:port with commas between them; without a port 3478. All are asked at once "
		"and the first answer counts; two at different addresses can tell how the NAT maps, and one that has "
		"a second address (RFC 5780) also whom it lets in. One that does not answer delays nothing."},
	{"refresh", GIMLET_SECONDS, "20", "5..600", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A server is asked again after this many seconds, up to a quarter more. It keeps the NAT's mapping "
		"alive, which many NATs forget after 30 seconds, and notices a changed address."},
};

}

GIMLET_PLUGIN("discovery", "stun", "1.0",
	"Asks STUN servers under which public address a port is reachable (RFC 8489).", KEYS,
	gimlet::stun_discovery::Finder)
