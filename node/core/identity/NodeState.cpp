#include "node/core/identity/NodeState.h"

#include <fmt/format.h>

#include "node/core/identity/KeyFile.h"

namespace gimlet::core
{

namespace
{

const std::string* variable(const NodeState::Request& request, const char* name)
{
	const auto found = request.environment.find(name);
	return found == request.environment.end() || found->second.empty() ? nullptr : &found->second;
}

std::unique_ptr<const Identity> fromVariable(const NodeState::Request& request)
{
	const auto* text = variable(request, NodeState::KEY_VARIABLE);
	if (!text)
		throw StateError(StateError::CONFIGURATION, "[node] identity = env, but the variable GIMLET_NODE_KEY "
													"holds no key; `openssl genpkey -algorithm EC "
													"-pkeyopt ec_paramgen_curve:P-256` makes one");
	return keyFromVariable(*text);
}

constexpr const char* CURES =
	"set [node] state_dir (GIMLET_NODE_STATE_DIR) to a folder that the node may write to, or "
	"[node] identity = ephemeral (GIMLET_NODE_IDENTITY) for a new worker id at each start";

}

NodeState::Kind NodeState::kindOf(const Request& request)
{
	const auto& written = request.node.text("identity");
	if (request.node.given("identity"))
		return written == "env" ? Kind::Variable : written == "file" ? Kind::File : Kind::Ephemeral;
	if (!request.links)
		return Kind::Ephemeral;
	if (variable(request, KEY_VARIABLE))
		return Kind::Variable;
	return variable(request, "K_SERVICE") ? Kind::Ephemeral : Kind::File;
}

std::unique_ptr<NodeState> NodeState::ephemeral()
{
	std::unique_ptr<NodeState> state{new NodeState};
	state->_identity = identity::KeyIdentity::generate();
	state->_pins = std::make_unique<PinStore>();
	return state;
}

std::unique_ptr<NodeState> NodeState::open(const Request& request)
{
	const auto kind = kindOf(request);
	if (kind == Kind::Ephemeral)
	{
		auto state = ephemeral();
		if (request.links && !request.node.given("identity"))
			state->_notes.emplace_back("the worker id is a new one at each start, since K_SERVICE is set and "
									   "a serverless file system "
									   "forgets; [node] identity = env keeps one");
		return state;
	}
	std::unique_ptr<NodeState> state{new NodeState};
	if (kind == Kind::Variable)
		state->_identity = fromVariable(request);
	if (!request.node.text("state_dir").empty())
		state->openFolder(request);
	else if (kind == Kind::File)
		state->openDefault(request);
	state->_lasting = state->_identity || state->_directory;
	if (!state->_lasting)
		state->_identity = identity::KeyIdentity::generate();
	state->_pins = state->_directory ? std::make_unique<PinStore>(state->_directory->file(PINS_FILE))
									 : std::make_unique<PinStore>();
	if (state->_identity)
		return state;
	state->_identity = readKey(state->_directory->path());
	if (!state->_identity)
	{
		state->_identity = makeKey(*state->_directory);
		state->_notes.push_back(fmt::format("made a new key for this node in {}", state->_directory->path()));
	}
	return state;
}

void NodeState::openFolder(const Request& request)
{
	const auto& path = request.node.text("state_dir");
	std::string holder;
	_directory = StateDirectory::tryLock(path, request.note, holder);
	if (!_directory)
		throw StateError(
			StateError::UNAVAILABLE, fmt::format("the state directory {} is held by process {}, which runs; "
												 "each node needs one of its own: set "
												 "[node] state_dir (GIMLET_NODE_STATE_DIR)",
										 path, holder.empty() ? "(unknown)" : holder));
}

void NodeState::openDefault(const Request& request)
{
	std::string reasons;
	for (const auto& shared : defaultStateFolders(request.environment, request.home))
	{
		try
		{
			_directory = lockShared(shared, request.note);
		}
		catch (const StateError& error)
		{
			if (error.exitCode() != StateError::CONFIGURATION)
				throw;
			reasons += fmt::format("{}; ", error.what());
			continue;
		}
		if (_directory->path() != shared)
			_notes.push_back(
				fmt::format("{} is another node's; this one has {} of its own", shared, _directory->path()));
		return;
	}
	if (request.node.given("identity"))
		throw StateError(StateError::CONFIGURATION,
			fmt::format("there is no place for this node's key: {}{}", reasons, CURES));
	_warnings.push_back(
		fmt::format("there is no place for this node's key ({}no home), so its worker id is a new one "
					"at each start; {}",
			reasons, CURES));
}

std::vector<std::string> NodeState::folders(const Request& request)
{
	if (kindOf(request) != Kind::File)
		return {};
	if (const auto& path = request.node.text("state_dir"); !path.empty())
		return {path};
	for (const auto& shared : defaultStateFolders(request.environment, request.home))
		if (auto folders = foldersInOrder(shared, request.note); !folders.empty())
			return folders;
	return {};
}

std::unique_ptr<const Identity> NodeState::peek(const Request& request)
{
	const auto kind = kindOf(request);
	if (kind == Kind::Variable)
		return fromVariable(request);
	const bool own = !request.node.text("state_dir").empty();
	for (const auto& folder : folders(request))
		// Its own, held or not; or the first that nobody has.
		if (own || StateDirectory::noteIn(folder) == request.note || !StateDirectory::seemsHeld(folder))
			return readKey(folder);
	return nullptr;
}

}
