#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/signaling/rendezvous/RendezvousSignaling.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"url", GIMLET_URL, "", "http | https | ws | wss", GIMLET_REQUIRED | GIMLET_RELOADABLE,
		"RENDEZVOUS_SERVICE_URL", GIMLET_ALIAS_VALUE,
		"Where the rendezvous is. https and wss use TLS, http and ws do not. A path before /ws/register and "
		"a "
		"query are kept; a slash at the end does no harm."},
	{"room", GIMLET_TEXT, "lobby", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"Nodes of the same room are offered to each other. 1 to 64 of A-Z a-z 0-9 . _ -"},
	{"token", GIMLET_TEXT, "", "", GIMLET_SECRET | GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"What the rendezvous wants to see before it lets a node in, sent as \"Authorization: Bearer\"."},
	{"token_file", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A file that holds the token. It is read anew for each connection."},
	{"token_command", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A shell command that prints the token. It is run anew for each connection and may take 20 seconds."},
	{"iam_token_file", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A file that holds an identity token for the gate of a cloud that stands before the rendezvous "
		"(Cloud Run "
		"without --allow-unauthenticated), sent as \"X-Serverless-Authorization: Bearer\", beside the token "
		"of the "
		"rendezvous itself."},
	{"iam_token_command", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A shell command that prints that identity token, as \"gcloud auth print-identity-token\" does. It "
		"is run "
		"anew for each connection and may take 20 seconds."},
	{"ca_file", GIMLET_TEXT, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"A PEM file of the authorities to trust instead of the system's, for a rendezvous with a certificate "
		"of your own."},
	{"proxy", GIMLET_TEXT, "", "", GIMLET_SECRET | GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"An HTTP proxy on the way, \"http://[user:password@]host:port\". Without it https_proxy, http_proxy "
		"and no_proxy of the environment count; \"none\" means that there is none."},
	{"relay", GIMLET_BOOLEAN, "yes", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"Whether peers that cannot be reached directly, or not yet, are reached through the relay of the "
		"rendezvous, where it has one. It carries what is encrypted between the nodes."},
	{"ping_interval", GIMLET_SECONDS, "25", "0.1..3600", GIMLET_RELOADABLE, "PING_INTERVAL_SEC",
		GIMLET_ALIAS_VALUE,
		"How often the connection is tried by a WebSocket ping. Many proxies cut one that is silent for 60 "
		"seconds."},
	{"ping_timeout", GIMLET_SECONDS, "25", "0.1..3600", GIMLET_RELOADABLE, "PING_TIMEOUT_SEC",
		GIMLET_ALIAS_VALUE, "A connection on which a ping is not answered for so long is made anew."},
};

}

GIMLET_PLUGIN("signaling", "rendezvous", "1.0",
	"Finds the other nodes of a room through a rendezvous, over WebSocket.", KEYS,
	gimlet::rendezvous_client::RendezvousSignaling)
