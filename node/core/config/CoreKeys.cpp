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
		"The folder for what has to survive a restart. This version keeps nothing there yet."},
	GimletConfigKey{"identity", GIMLET_CHOICE, "ephemeral", "ephemeral", 0, "", GIMLET_ALIAS_VALUE,
		"Where the worker id comes from. ephemeral: a new one at each start, the only way in this version."},
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
