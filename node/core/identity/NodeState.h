#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Identity.h"
#include "node/api/Settings.h"
#include "node/core/identity/PinStore.h"
#include "node/core/identity/StatePlaces.h"

namespace gimlet::core
{

/// Who a node is and whom it trusts: its key, its pins, and the lock of the folder that they are in. Held for
/// as long as the node runs.
class NodeState
{
public:
	enum class Kind
	{
		File,      ///< in a state directory
		Ephemeral, ///< in memory: a new identity at each start
		Variable,  ///< the key in GIMLET_NODE_KEY, the pins in a state directory if one was given
	};

	/// What decides where the state is.
	struct Request
	{
		const Settings& node; ///< the section [node]
		Environment environment;
		/// What tells this node from others that share its default folder: where it listens.
		std::string note;
		/// Whether the node links with peers at all; one that does not (a rendezvous) needs no lasting key.
		bool links = true;
		/// The home of the user, as the system knows it.
		std::string home = homeOfUser();
	};

	static constexpr const char* KEY_VARIABLE = "GIMLET_NODE_KEY";
	static constexpr const char* PINS_FILE = "pins.json";

	/// [node] identity, or what its absence means here.
	static Kind kindOf(const Request& request);

	/// Finds the node's state, or begins it. Where nobody has said where it is, and there is no place for it
	/// (no home), it is in memory, and a warning says so. @throws StateError
	static std::unique_ptr<NodeState> open(const Request& request);

	/// In memory, new.
	static std::unique_ptr<NodeState> ephemeral();

	/// The identity that a node would have if it started now, so far as that can be known without changing
	/// or locking anything. Null: a new one.
	/// @throws StateError if it could not start for what is there.
	static std::unique_ptr<const Identity> peek(const Request& request);

	/// The folders that may hold the state of such a node, nodes that run included; none unless it is in
	/// files.
	static std::vector<std::string> folders(const Request& request);

	const Identity& identity() const
	{
		return *_identity;
	}

	PinStore& pins()
	{
		return *_pins;
	}

	/// What a person should know of where it comes from: sentences without full stop.
	const std::vector<std::string>& notes() const
	{
		return _notes;
	}

	/// The same, of what they will not like.
	const std::vector<std::string>& warnings() const
	{
		return _warnings;
	}

	/// Whether the next start will find the same identity.
	bool lasting() const
	{
		return _lasting;
	}

private:
	NodeState() = default;

	void openFolder(const Request& request);
	void openDefault(const Request& request);

	std::unique_ptr<StateDirectory> _directory;
	std::unique_ptr<const Identity> _identity;
	std::unique_ptr<PinStore> _pins;
	std::vector<std::string> _notes;
	std::vector<std::string> _warnings;
	bool _lasting = false;
};

}
