#include "node/api/Plugin.h"

#include "plugins/service/rendezvous-server/RendezvousServer.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"token", GIMLET_TEXT, "", "", GIMLET_SECRET | GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"What a worker must show to be let in, as \"Authorization: Bearer TOKEN\" or \"?token=TOKEN\". "
		"Without "
		"one, everybody who reaches the listener may join any room, and gets credentials for the servers of "
		"turn_urls."},
	{"origins", GIMLET_LIST, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"Web origins (\"https://example.org\") whose pages may connect. Browsers always send an Origin, and "
		"one "
		"that is not listed is refused; workers send none."},
	{"names", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The names by which workers dial this rendezvous, as their URLs have them: host, or host:port. A "
		"worker with a "
		"key proves its id for the name that it dialled, so that another rendezvous cannot pass the proof "
		"on. Empty "
		"means the Host of each request, which keeps out only those that do not forge it; set it where "
		"strangers "
		"reach this rendezvous, or a proxy changes the Host."},
	{"max_members", GIMLET_INTEGER, "50000", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many workers may be connected. A further one is answered 503."},
	{"max_rooms", GIMLET_INTEGER, "10000", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many rooms there may be. A room exists as long as somebody is in it."},
	{"max_per_room", GIMLET_INTEGER, "250", "2..100000", 0, "", GIMLET_ALIAS_VALUE,
		"How many workers a room may have. Each is offered to each, so the messages grow with the square."},
	{"max_per_address", GIMLET_INTEGER, "500", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many workers may be connected from one address (IPv6: from one /64). Workers behind one NAT "
		"share "
		"its address. A further one is answered 429."},
	{"max_message", GIMLET_BYTES, "64k", "1k..1M", 0, "", GIMLET_ALIAS_VALUE,
		"The longest message that is read. A longer one ends the connection."},
	{"max_signal", GIMLET_BYTES, "16k", "256..1M", 0, "", GIMLET_ALIAS_VALUE,
		"The longest data that a signal may carry from worker to worker."},
	{"message_rate", GIMLET_INTEGER, "50", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many messages a second a worker may send in the long run; twice as many at once. Further ones "
		"are "
		"not heard, and in the end the connection is closed."},
	{"endpoint_rate", GIMLET_INTEGER, "12", "1..10000", 0, "", GIMLET_ALIAS_VALUE,
		"How often a minute a worker may change its UDP endpoint. Each change is offered to its whole room."},
	{"offers_per_address", GIMLET_INTEGER, "600", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many offers a minute may name an address that no worker is connected from. Whoever is offered "
		"an "
		"address sends datagrams there, and nobody shall be flooded in our name. Offers above it are held "
		"back."},
	{"ip_rate", GIMLET_INTEGER, "5", "1..100000", 0, "", GIMLET_ALIAS_VALUE,
		"How often a second one address may ask /ip in the long run; four times as often at once."},
	{"proof_rate", GIMLET_INTEGER, "50", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many workers a second may prove their id from one address in the long run; four times as many "
		"at once. "
		"A proof costs this process about a tenth of a millisecond."},
	{"relay", GIMLET_BOOLEAN, "on", "", 0, "", GIMLET_ALIAS_VALUE,
		"Whether members that find no direct path may exchange their datagrams through this process, over a "
		"WebSocket of their own. It forwards between members of a room only, and sees nothing but what is "
		"encrypted."},
	{"relay_rate", GIMLET_BYTES, "2M", "0..1G", 0, "", GIMLET_ALIAS_VALUE,
		"How many bytes a second one member may send to one other through the relay in the long run, and a "
		"quarter of what it may send to all others together; half of that at once. A datagram counts as 200 "
		"bytes at least. What is above it is lost, and whoever sends "
		"far more is not read for a while. 0 is no limit."},
	{"relay_sessions", GIMLET_INTEGER, "10000", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many members may have a place at the relay; each keeps one connection more open, and one "
		"that reads too slowly up to 96 KiB of datagrams (1 GB if 10000 do). Further members have to do "
		"without."},
	{"turn_urls", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"TURN servers that members with a key are told of, as turn:turn.example.org:3478?transport=udp or "
		"turns:turn.example.org; they get credentials that are made of turn_secret. At most 8. Without "
		"token, whoever reaches the listener gets them."},
	{"turn_secret", GIMLET_TEXT, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE,
		"The secret that is shared with the TURN servers (coturn: use-auth-secret and static-auth-secret)."},
	{"turn_lifetime", GIMLET_SECONDS, "3600", "60..2592000", 0, "", GIMLET_ALIAS_VALUE,
		"Seconds that such credentials hold. Members get new ones when half of it is over."},
	{"ping_interval", GIMLET_SECONDS, "25", "0.1..3600", 0, "PING_INTERVAL_SEC", GIMLET_ALIAS_VALUE,
		"Seconds between pings to a worker. Proxies drop what is idle for a minute."},
	{"ping_timeout", GIMLET_SECONDS, "25", "0.1..3600", 0, "PING_TIMEOUT_SEC", GIMLET_ALIAS_VALUE,
		"Seconds that a worker has to answer a ping."},
};

}

GIMLET_PLUGIN("service", "rendezvous-server", "1.0", "Lets workers of a room find each other.", KEYS,
	gimlet::rendezvous_server::RendezvousServer)
