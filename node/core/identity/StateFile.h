#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "node/core/identity/StateError.h"

/// Files that survive a crash at any moment: either as they were or as they were to be.
namespace gimlet::core
{

/// What a file is besides its bytes.
struct StateFile
{
	std::string text;
	/// Permission bits.
	unsigned mode = 0;
};

/// Reads a whole file. Empty if there is none. @throws StateError if it cannot be read, is no regular file,
/// or is longer.
std::optional<StateFile> readStateFile(const std::string& path, std::size_t maxSize);

/// Writes a file that only its owner may read: a temporary one beside it, written to the disk, then
/// renamed, and the folder's entry written to the disk too. Call with the folder locked.
/// @throws StateError; the file is then as it was.
void writeStateFile(const std::string& path, std::string_view text);

}
