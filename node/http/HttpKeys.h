#pragma once

#include <array>

#include "node/api/ConfigKey.h"

namespace gimlet::http
{

/// The keys of [http].
inline constexpr std::array KEYS{
	GimletConfigKey{"listen", GIMLET_ENDPOINT, "127.0.0.1:8080", "none", 0, "PORT", GIMLET_ALIAS_PORT,
		"Where the page, the health checks and the rendezvous are served: address:port, *:port for all "
		"addresses "
		"of both IPv4 and IPv6, or none. Port 0 takes any free one. The variable PORT alone means that port "
		"on all "
		"addresses."},
	GimletConfigKey{"certificate", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"A PEM file with the certificate and its chain; with it the listener speaks TLS. Empty means plain "
		"HTTP."},
	GimletConfigKey{"private_key", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"A PEM file with the private key of the certificate. Empty means that it is in the certificate's "
		"file."},
	GimletConfigKey{"trusted_proxies", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"Addresses or networks (10.0.0.0/8) of reverse proxies, separated by commas. The last entry of "
		"X-Forwarded-For is believed to be the caller only when the connection comes from one of these. "
		"Cloud Run's front end connects from 169.254.0.0/16."},
	GimletConfigKey{"metrics_token", GIMLET_TEXT, "", "", GIMLET_SECRET, "", GIMLET_ALIAS_VALUE,
		"A token that lets a Prometheus server read /metrics (Authorization: Bearer TOKEN), at least 22 "
		"characters. Empty means that only those who may open the page may read them."},
	GimletConfigKey{"threads", GIMLET_INTEGER, "2", "1..16", 0, "", GIMLET_ALIAS_VALUE,
		"Threads that read and compress files and do the handshakes of TLS. Connections need none."},
	GimletConfigKey{"request_timeout", GIMLET_SECONDS, "10", "1..300", 0, "", GIMLET_ALIAS_VALUE,
		"How long a client may take to send a request, and to take the answer, before the connection is "
		"closed."},
	GimletConfigKey{"keep_alive", GIMLET_SECONDS, "30", "0..3600", 0, "", GIMLET_ALIAS_VALUE,
		"How long a connection without a request stays open for the next one. 0 closes it after each "
		"answer."},
	GimletConfigKey{"max_requests", GIMLET_INTEGER, "1000", "1..100000", 0, "", GIMLET_ALIAS_VALUE,
		"How many connections that are not WebSockets there may be at once; a further one is answered 503."},
};

}
