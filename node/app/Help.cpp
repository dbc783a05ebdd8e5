#include "node/app/Help.h"

#include <Poco/Version.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "node/api/Plugin.h"

namespace gimlet::app
{

namespace
{

using Command = CommandLine::Command;

struct Part
{
	std::vector<Command> of; ///< whose help it belongs to; that of all if empty
	std::string_view text;
};

std::vector<Part> usages()
{
	return {
		{{Command::Run}, "  gimlet [run] --config FILE [options]   run a node, a rendezvous or a STUN server "
						 "until SIGTERM or Ctrl-C\n"},
		{{Command::Check},
			"  gimlet check --config FILE             check a configuration and start nothing\n"},
		{{Command::Plugins},
			"  gimlet plugins [NAME]                  list the installed plugins, or explain one and its "
			"keys\n"
			"  gimlet plugins --ini [NAME]            the same as commented lines for an ini file\n"},
		{{Command::Id},
			"  gimlet id --config FILE                print the worker id of the node; makes its key "
			"if there is none yet\n"},
		{{Command::Health},
			"  gimlet health --config FILE            ask the running node whether it is alive "
			"(for HEALTHCHECK)\n"},
		{{Command::Netcheck}, "  gimlet netcheck --config FILE          look at the network: what it lets "
							  "through, and what that means for links\n"},
		{{Command::Help}, "  gimlet help [COMMAND]                  this text, or how one command is used\n"},
	};
}

std::vector<Part> options()
{
	return {
		{{},
			"  -c, --config FILE             the ini file; etc/node.ini and etc/rendezvous.ini explain every "
			"key\n"
			"  -s, --set SECTION.KEY=VALUE   set a key; may be repeated, and is stronger than all else\n"},
		{{Command::Id, Command::Netcheck},
			"  -v, --verbose                 with id: the fingerprint of the public key too; with netcheck: "
			"the log as well\n"
			"      --json                    with id and netcheck: the same as a JSON object\n"},
		{{Command::Run},
			"      --daemon                  run in the background; returns when the node has "
			"started, or why it has not\n"
			"      --pidfile FILE            hold the process id in a file while the node runs\n"},
	};
}

std::string all(const std::vector<Part>& parts)
{
	std::string text;
	for (const auto& part : parts)
		text += part.text;
	return text;
}

std::string allOf(Command command, const std::vector<Part>& parts)
{
	std::string text;
	for (const auto& part : parts)
		if (part.of.empty() || std::find(part.of.begin(), part.of.end(), command) != part.of.end())
			text += part.text;
	return text;
}

}

std::string helpText()
{
	return R"(gimlet bores through NATs: it gives machines that can accept no connection a direct UDP path to
each other. Every network role in it is a plugin, chosen by an ini file.

Usage
)" + all(usages()) +
		   "\nOptions\n" + all(options()) + R"(  -h, --help                    this text
  -V, --version                 the version, and what it was built with

Where values come from, strongest first
  1. --set section.key=value
  2. the environment: GIMLET_<SECTION>_<KEY>, such as GIMLET_HTTP_LISTEN or GIMLET_UDP_PLAIN_LISTEN; and
     PORT, RENDEZVOUS_SERVICE_URL, STUN_HOST, STUN_PORT, INTERNAL_UDP_PORT, PING_INTERVAL_SEC, PING_TIMEOUT_SEC
  3. the ini file
  4. the default, see gimlet plugins NAME
  The variable GIMLET_NODE_KEY holds the private key (PEM) of [node] identity = env.

Signals
  SIGTERM, SIGINT   end within a second, with exit code 0
  SIGHUP            read the configuration again: log levels and whatever else can change while running
  SIGCONT           after a SIGSTOP of more than some seconds, look for paths anew

Exit codes
  0    all is well, SIGTERM and SIGINT included
  64   the command line is wrong
  69   unavailable: a required plugin cannot start, an address is taken, no node answers, or, to netcheck, no
       STUN server, rendezvous or relay
  78   the configuration is wrong; all that is wrong is told at once

Examples
  PORT=9000 gimlet --config etc/rendezvous.ini
  PORT=8080 RENDEZVOUS_SERVICE_URL=http://host:9000 STUN_HOST=host gimlet --config etc/node.ini
  gimlet --config etc/node.ini --set http.listen=127.0.0.1:0 --set log.level=debug
  gimlet plugins stun
)";
}

std::string helpText(Command command)
{
	return "Usage\n" + allOf(command, usages()) + "\nOptions\n" + allOf(command, options()) +
		   "\ngimlet --help has the rest: the other commands, where values come from, signals and exit "
		   "codes.\n";
}

std::string versionText()
{
	return fmt::format("gimlet {}\nplugin API {}, built with {}\n", GIMLET_VERSION, GIMLET_API_VERSION,
		GIMLET_BUILD_SIGNATURE);
}

}
