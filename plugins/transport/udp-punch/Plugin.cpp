#include "node/api/Plugin.h"

#include "plugins/transport/udp-punch/UdpPunch.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"listen", GIMLET_ENDPOINT, "*:8081", "", 0, "INTERNAL_UDP_PORT", GIMLET_ALIAS_PORT,
		"The UDP address that peers reach. '*' means all addresses, IPv4 and IPv6. Port 0 takes any free "
		"one; so does the default when 8081 is taken."},
	{"port_range", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"Where a firewall lets only some UDP ports through: the first free one of these is taken in place of "
		"that of listen. Written as 40000-40100; empty means that of listen."},
	{"interfaces", GIMLET_LIST, "!docker*, !br-*, !veth*, !virbr*", "", 0, "", GIMLET_ALIAS_VALUE,
		"Whose addresses peers of the same network are told. Names of network interfaces, in which * stands "
		"for any characters, or with ! before them those to leave out. Only the latter: all others are used. "
		"The default leaves out the bridges of containers and virtual machines."},
	{"ipv6", GIMLET_BOOLEAN, "yes", "", 0, "", GIMLET_ALIAS_VALUE, "Whether IPv6 is used."},
	{"accept_unsigned", GIMLET_BOOLEAN, "no", "", 0, "", GIMLET_ALIAS_VALUE,
		"Whether to link with peers that prove no identity: a browser, another program that speaks WebRTC "
		"data channels. The rendezvous could put itself in their place."},
	{"max_message", GIMLET_BYTES, "16M", "64k..1G", 0, "", GIMLET_ALIAS_VALUE,
		"The largest message that is taken of a peer, and sent to one that takes it. Chat is far below it; "
		"plugins "
		"that open channels of their own may not be."},
	{"streams", GIMLET_INTEGER, "256", "16..65535", 0, "", GIMLET_ALIAS_VALUE,
		"For how many channels a link has room at first; more are added when they are needed. Each costs "
		"about 100 bytes on both sides."},
	{"buffer", GIMLET_BYTES, "8M", "64k..256M", 0, "", GIMLET_ALIAS_VALUE,
		"What a link may have on its way in each direction. A fast link across a long distance needs its "
		"bandwidth times its round trip: 400 Mbit/s and 100 ms are 5 MB. Memory is used only as data is."},
	{"punch_sockets", GIMLET_INTEGER, "256", "0..1024", 0, "", GIMLET_ALIAS_VALUE,
		"Towards a NAT that gives each destination another port, so many sockets are opened for a few "
		"seconds, one of which the peer is to hit. Fewer are taken where the NAT seems to have few ports. 0: "
		"such NATs are met by relays only."},
	{"punch_probes", GIMLET_INTEGER, "1750", "1..8192", 0, "", GIMLET_ALIAS_VALUE,
		"On the other side: how many ports of the peer's NAT are tried in one round. 256 sockets and 1750 "
		"probes miss each other once in 1000 times."},
	{"punch_rate", GIMLET_INTEGER, "400", "10..2000", 0, "", GIMLET_ALIAS_VALUE,
		"How many of these probes leave in a second, at most."},
	{"keepalive", GIMLET_SECONDS, "2", "0.5..25", 0, "", GIMLET_ALIAS_VALUE,
		"How long nothing may be heard on a path before the peer is asked. A path that has died is noticed a "
		"second later. Longer saves some packets of an idle link; NATs forget a mapping after 30 seconds."},
	{"consent", GIMLET_SECONDS, "30", "5..300", 0, "", GIMLET_ALIAS_VALUE,
		"A path on which the peer has not answered for so long carries nothing more until it is found anew "
		"(RFC 7675)."},
};

}

GIMLET_PLUGIN("transport", "udp-punch", "1.0",
	"Encrypted links: ICE finds the path, DTLS keeps it secret, SCTP loses nothing.", KEYS,
	gimlet::udp_punch::UdpPunch)
