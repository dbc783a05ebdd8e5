#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/frontend/web/Web.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"token", GIMLET_TEXT, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE,
		"What opens the page where others than this machine can reach it: http://host:port/?token=TOKEN in "
		"a browser, Authorization: Bearer TOKEN in a script. At least 128 random bits, as 'openssl rand -hex "
		"16' makes them. Empty: one is made at each start and its address is printed in the log. Several "
		"nodes behind one URL need the same one."},
	{"hosts", GIMLET_LIST, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"The host names under which the page may be asked for, with commas between them, without ports. "
		"Empty is any, since the token protects the page. A listener on loopback takes localhost and "
		"loopback "
		"addresses; a name given here, a reverse proxy's, is taken too and asks for the token."},
	{"history", GIMLET_INTEGER, "200", "0..5000", 0, "", GIMLET_ALIAS_VALUE,
		"How many recent messages are kept in memory, so that a page that is reloaded shows them again; "
		"fewer when they are long (512 KiB in all). 0 keeps none."},
	{"max_pages", GIMLET_INTEGER, "64", "1..10000", 0, "", GIMLET_ALIAS_VALUE,
		"How many pages and scripts may be connected at once; a further one is answered 503."},
	{"rate_limit", GIMLET_INTEGER, "50", "1..1000000", 0, "", GIMLET_ALIAS_VALUE,
		"How many objects a second one page may send on average, and ten times as many in a burst. What "
		"comes beyond is refused."},
	{"folder", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"A folder with another page to serve. Empty is the one that Gimlet ships."},
};

}

GIMLET_PLUGIN("frontend", "web", "1.0",
	"A page in the browser to talk with peers, and its WebSocket for scripts.", KEYS, gimlet::web::Web)
