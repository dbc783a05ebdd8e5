#pragma once

#include <memory>
#include <string>

#include "node/core/identity/StateDirectory.h"
#include "node/protocol/identity/KeyIdentity.h"

/// A node's private key in its state directory.
namespace gimlet::core
{

inline constexpr const char* KEY_FILE = "node.key";

/// Reads the key in a folder; needs no lock, for a key file is written once and as a whole. Null if there is
/// none. @throws StateError if there is something else in its place, or others may read it; says how that is
/// mended.
std::unique_ptr<const identity::KeyIdentity> readKey(const std::string& folder);

/// Makes a new key in a folder without one. @throws StateError if it cannot be written.
std::unique_ptr<const identity::KeyIdentity> makeKey(const StateDirectory& directory);

/// A key from the environment; line ends may be written "\n", as in files of variables they have to be.
/// @throws StateError that never holds a part of it.
std::unique_ptr<const identity::KeyIdentity> keyFromVariable(const std::string& text);

}
