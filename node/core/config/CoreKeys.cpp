#include "node/core/config/CoreKeys.h"

#include <array>

#include "node/http/HttpKeys.h"

namespace gimlet::core
{

namespace
{

constexpr std::array NODE_KEYS{
	GimletConfigKey{"plugins", GIMLET_LIST, "", "", GIMLET_REQUIRED, "", GIMLET_ALIAS_VALUE,
		"The plugins that run, started in this order and stopped in reverse. "
		"`gimlet plugins` lists those that are installed; a section of the same name configures each."},
	GimletConfigKey{"optional", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"Those of the plugins that the node can do without: when one of them cannot start, the node runs on, "
		"degraded. When any other cannot start, the node ends with exit code 69."},
	GimletConfigKey{"plugin_path", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"Further folders with plugins, searched before the node's own."},
	GimletConfigKey{"name", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"What peers and people call this node, at most 64 characters. Empty means the name of the machine."},
	GimletConfigKey{"state_dir", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The folder for what has to survive a restart: the node's key, and the identities that were "
		"verified. "
		"One that is set is this node's alone; a second process that is given it ends with exit code 69. "
		"Empty "
		"means $STATE_DIRECTORY, $XDG_STATE_HOME/gimlet or ~/.local/state/gimlet, in which further nodes of "
		"the "
		"machine take node-2, node-3 and so on."},
	GimletConfigKey{"identity", GIMLET_CHOICE, "file", "file | ephemeral | env", 0, "", GIMLET_ALIAS_VALUE,
		"Where the key is whose worker id this node has. file: in the state directory, made at the first "
		"start. "
		"env: in the variable GIMLET_NODE_KEY, as PEM. ephemeral: nowhere, a new one at each start. Unless "
		"it is "
		"set, it is env where GIMLET_NODE_KEY is set, else ephemeral where K_SERVICE is, as on Cloud Run. A "
		"process without signaling and transport, such as a rendezvous, needs none."},
	GimletConfigKey{"name_servers", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The name servers to ask, addresses with or without a port. Empty means those "
		"of "
		"the system."},
	GimletConfigKey{"peers", GIMLET_LIST, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The worker ids of the peers that this node links with. Empty means everybody "
		"in "
		"the room."},
};

constexpr std::array LOG_KEYS{
	GimletConfigKey{"level", GIMLET_CHOICE, "information",
		"fatal | critical | error | warning | notice | information | debug | trace", GIMLET_RELOADABLE, "",
		GIMLET_ALIAS_VALUE, "How much is logged: messages of this importance and of greater."},
	GimletConfigKey{"debug", GIMLET_LIST, "", "", GIMLET_RELOADABLE, "", GIMLET_ALIAS_VALUE,
		"Sources that log everything whatever the level: names of plugins, node, http."},
	GimletConfigKey{"format", GIMLET_CHOICE, "auto", "auto | text | json", 0, "", GIMLET_ALIAS_VALUE,
		"text: lines for people. json: one JSON object a line, with severity, message and time. auto: json "
		"where the variable K_SERVICE is set, as on Cloud Run, else text."},
	GimletConfigKey{"file", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE,
		"The file that log lines are appended to, opened anew at SIGHUP; \"syslog\" for the system's log. "
		"Empty "
		"means stderr, or the system's log with --daemon."},
};

}

std::span<const GimletConfigKey> nodeKeys()
{
	return NODE_KEYS;
}

std::span<const GimletConfigKey> logKeys()
{
	return LOG_KEYS;
}

std::vector<Schema::Section> coreSections()
{
	return {{.name = "node", .keys = NODE_KEYS}, {.name = "http", .keys = http::KEYS},
		{.name = "log", .keys = LOG_KEYS}};
}

std::string coreSummary(const std::string& section)
{
	if (section == "node")
		return "The node itself: which plugins run, and who it is.";
	if (section == "http")
		return "The one HTTP listener, which plugins share.";
	return "What is logged, and how.";
}

}
