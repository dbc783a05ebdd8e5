#include "node/api/Plugin.h"

#include <iterator>

#include "plugins/frontend/console/Console.h"

namespace
{

constexpr GimletConfigKey KEYS[] = {
	{"format", GIMLET_CHOICE, "text", "text | json", 0, "", GIMLET_ALIAS_VALUE,
		"text is a chat for people in a terminal. json is for scripts: one JSON object a line on stdin and "
		"stdout, the same objects as on /ui_ws. The log goes to stderr; in a terminal it is better sent to a "
		"file "
		"(2>node.log)."},
	{"linger", GIMLET_SECONDS, "10", "0..3600", 0, "", GIMLET_ALIAS_VALUE,
		"How long the node waits at the end of its input for peers to confirm what was sent, before it "
		"ends."},
};

}

GIMLET_PLUGIN("frontend", "console", "1.0",
	"Chat in the terminal, or JSON lines on stdin and stdout for scripts; the node ends with its input.",
	KEYS, gimlet::console::Console)
