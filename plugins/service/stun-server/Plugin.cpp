#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/service/stun-server/Server.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"listen", GIMLET_LIST, "*:3478", "", 0, "", GIMLET_ALIAS_VALUE,
		"The UDP addresses to answer on, with commas between them: *:3478 is every IPv4 and IPv6 address, "
		"192.0.2.1:3478 and [2001:db8::1]:3478 are one each. Answers leave from the address that was asked."},
	{"alternate", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"A second IP address of this machine, as 192.0.2.2 or 192.0.2.2:3479 (without a port the one after "
		"listen's), one a family. With it the server also helps nodes to find out what their NAT does (RFC "
		"5780): it answers on both addresses and both ports. Then listen names the first address, not *."},
	{"rate_limit", GIMLET_INTEGER, "200", "0..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"The answers a second that one IPv4 address or one IPv6 /64 network gets, and twice as many in a "
		"burst; what is asked beyond that is dropped. It keeps strangers from flooding somebody in this "
		"server's name. 0 is no limit."},
	{"threads", GIMLET_INTEGER, "1", "1..64", 0, "", GIMLET_ALIAS_VALUE,
		"The threads that answer, apart from the node's own. One answers some hundred thousand requests a "
		"second. With several, each has a socket of its own on every address."},
	{"software", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"What each answer says about this server, up to 64 bytes. Empty says nothing, which is safer and "
		"keeps answers short."},
};

}

GIMLET_PLUGIN("service", "stun-server", "1.0",
	"Tells whoever asks from which address and port the question came (RFC 8489).", KEYS,
	gimlet::stun_server::Server)
