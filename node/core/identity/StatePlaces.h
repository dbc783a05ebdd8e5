#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/core/identity/StateDirectory.h"

/// Where a node keeps its state when nobody has said where.
namespace gimlet::core
{

using Environment = std::map<std::string, std::string>;

/// How many nodes may share a default folder.
inline constexpr int MAX_NODES_OF_A_FOLDER = 64;

/// The folders that may serve, best first: $STATE_DIRECTORY (systemd's, the first of them),
/// $XDG_STATE_HOME/gimlet, $HOME/.local/state/gimlet, and the same below the home that the system knows.
/// Relative ones do not count, nor does a home that does not exist.
std::vector<std::string> defaultStateFolders(const Environment& environment, const std::string& home);

/// The home of this process' user, as the system knows it; "" if it knows none.
std::string homeOfUser();

/// The folders of the nodes that share a default folder, in order: the folder itself, then node-2, node-3
/// and so on inside of it.
std::string folderOfNode(const std::string& shared, int number);

/// Those of them that are there, those with this note before the others: a node that starts again gets the
/// folder that it had, whatever the order in which the nodes of a machine start.
std::vector<std::string> foldersInOrder(const std::string& shared, const std::string& note);

/// Locks a default folder, or if another process has it, the next of its folders that is free.
/// @throws StateError
std::unique_ptr<StateDirectory> lockShared(const std::string& shared, const std::string& note);

}
