#include "node/api/Plugin.h"

#include "plugins/transport/udp-plain/UdpPlain.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT,
		"The UDP address that peers reach. '*' means all addresses, IPv4 and IPv6. Port 0 takes any free "
		"one; so does the default when 8081 is taken."},
	{"keepalive", GIMLET_SECONDS, "15", "0.5..120", 0, "", GIMLET_ALIAS_VALUE,
		"How often a quiet link sends something, so that the NATs keep its mapping. Many forget it after 30 "
		"seconds. The two nodes take turns, so a forgotten one is noticed after half of this and three "
		"seconds."},
	{"lost_after", GIMLET_SECONDS, "60", "5..3600", 0, "", GIMLET_ALIAS_VALUE,
		"A link on which nothing was heard for so long is called lost. A worker of the first version, which "
		"answers nothing, is lost only when it has also left the rendezvous."},
	{"share_host_addresses", GIMLET_BOOLEAN, "yes", "", 0, "", GIMLET_ALIAS_VALUE,
		"Whether peers are told the addresses of this machine's network interfaces, so that two nodes of one "
		"network find each other though their router does not lead them back to itself."},
};

}

GIMLET_PLUGIN("transport", "udp-plain", "1.0",
	"Plain-text JSON datagrams, as the first version spoke them. Not encrypted.", KEYS,
	gimlet::udp_plain::UdpPlain)
