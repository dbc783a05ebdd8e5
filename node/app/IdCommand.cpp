#include "node/app/IdCommand.h"

#include <iostream>

#include "node/app/AskCommands.h"
#include "node/app/ExitCodes.h"
#include "node/app/Load.h"
#include "node/app/State.h"
#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/json/Writer.h"

namespace gimlet::app
{

namespace
{

using core::NodeState;

/// @param fingerprint "" if it is not known.
int print(const CommandLine& line, const PeerId& id, const std::string& fingerprint)
{
	if (line.json)
	{
		json::Writer out;
		out.beginObject().member("worker_id", id).key("fingerprint");
		if (fingerprint.empty())
			out.value(nullptr);
		else
			out.value(fingerprint);
		std::cout << out.endObject().take() << '\n';
		return EXIT_CODE_OK;
	}
	std::cout << id << '\n';
	if (line.verbose)
		std::cout << "public key, SHA-256: "
				  << (fingerprint.empty() ? "known to the running node alone" : fingerprint) << '\n';
	return EXIT_CODE_OK;
}

int print(const CommandLine& line, const Identity& identity)
{
	return print(line, identity.id(), identity::fingerprint(identity.publicKey()));
}

}

int idCommand(const CommandLine& line)
try
{
	const auto sources = readSources(line);
	core::Setup setup{sources, core::standardPluginFolders()};
	if (!setup.problems().empty())
	{
		printProblems(setup);
		return EXIT_CODE_CONFIGURATION;
	}
	const auto request = stateRequest(setup, sources.environment);
	if (NodeState::kindOf(request) != NodeState::Kind::Ephemeral)
	{
		if (const auto identity = NodeState::peek(request))
			return print(line, *identity);
		if (const auto state = NodeState::open(request); state->lasting())
			return print(line, state->identity());
	}
	std::string error;
	if (const auto id = runningId(setup.configuration().section("http"), error))
		return print(line, *id, "");
	std::cerr
		<< error
		<< "\nThis configuration makes a new worker id at each start ([node] identity), so only a running "
		   "node has one.\n";
	return EXIT_CODE_UNAVAILABLE;
}
catch (const core::StateError& error)
{
	std::cerr << error.what() << '\n';
	return error.exitCode();
}

}
