#include "node/api/Plugin.h"

#include "plugins/transport/udp-punch/UdpPunch.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT,
		"The UDP address that peers reach. '*' means all addresses, IPv4 and IPv6. Port 0 takes any free "
		"one; so does the default when 8081 is taken."},
	{"accept_unsigned", GIMLET_BOOLEAN, "no", "", 0, "", GIMLET_ALIAS_VALUE,
		"Whether to link with peers that prove no identity: a browser, another program that speaks WebRTC "
		"data "
		"channels. The rendezvous could put itself in their place."},
	{"max_message", GIMLET_BYTES, "16M", "64k..1G", 0, "", GIMLET_ALIAS_VALUE,
		"The largest message that is taken of a peer, and sent to one that takes it. Chat is far below it; "
		"plugins "
		"that open channels of their own may not be."},
	{"consent", GIMLET_SECONDS, "30", "5..300", 0, "", GIMLET_ALIAS_VALUE,
		"A path on which the peer has not answered for so long carries nothing more until it is found anew "
		"(RFC 7675)."},
};

}

GIMLET_PLUGIN("transport", "udp-punch", "1.0",
	"Encrypted links: ICE finds the path, DTLS keeps it secret, SCTP loses nothing.", KEYS,
	gimlet::udp_punch::UdpPunch)
