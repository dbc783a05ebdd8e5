#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/discovery/http-echo/HttpEchoDiscovery.h"

namespace
{

const GimletConfigKey KEYS[] = {
	{"url", GIMLET_URL, "https://api.ipify.org", "http | https", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A service that answers with the caller's public address as plain text. A rendezvous does, at /ip."},
	{"interval", GIMLET_SECONDS, "3600", "60..86400", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"Seconds until it is asked again."},
	{"ca_file", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A PEM file of the authorities to trust instead of the system's."},
};

}

GIMLET_PLUGIN("discovery", "http-echo", "1.0",
	"The public address that an HTTP service sees, for information.", KEYS,
	gimlet::http_echo::HttpEchoDiscovery)
