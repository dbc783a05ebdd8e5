#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/discovery/turn/Turn.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"servers", GIMLET_LIST, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"The TURN servers, as turn:host:port, turn:host:port?transport=tcp or, with TLS, turns:host:port; "
		"without a port 3478, for turns 5349. All are asked at once; the first that relays is used, and the "
		"others when it fails. Those that the rendezvous hands out are used too. Without any the plugin does "
		"nothing."},
	{"user", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"The user name at these servers. Those that are handed out come with their own."},
	{"password", GIMLET_TEXT, "", "", GIMLET_SECRET | GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"The password of that user."},
	{"ca_file", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A PEM file of the authorities to trust instead of the system's, for servers with a certificate of "
		"your own."},
};

}

GIMLET_PLUGIN("discovery", "turn", "1.0",
	"Relayed addresses of TURN servers, for where no direct path leads (RFC 8656).", KEYS, gimlet::turn::Turn)
