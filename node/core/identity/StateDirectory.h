#pragma once

#include <memory>
#include <string>

#include "node/core/identity/StateError.h"

namespace gimlet::core
{

/// A node's own folder, held by a lock while the process runs: the lock ends with the process, however that
/// ends, so nothing has to be cleaned up after a crash.
class StateDirectory
{
public:
	/// The file in it that is locked. It holds the process id of the holder, and its note.
	static constexpr const char* LOCK = "lock";

	/// Makes the folder, and those above it, if need be (for its owner alone), and locks it.
	/// @param note Kept in the lock file: what will ask for this folder again.
	/// @param holder When null is returned: the process id of who holds it, "" if that cannot be read.
	/// @return Null if another process holds the folder.
	/// @throws StateError if it cannot be made or written to.
	static std::unique_ptr<StateDirectory> tryLock(
		const std::string& path, const std::string& note, std::string& holder);

	/// The note of whoever held a folder last; "" if nobody did.
	static std::string noteIn(const std::string& path);

	/// Whether the last holder of a folder still runs, as far as that shows without trying the lock, which
	/// might be just what a starting node does.
	static bool seemsHeld(const std::string& path);

	StateDirectory(const StateDirectory&) = delete;
	StateDirectory& operator=(const StateDirectory&) = delete;
	~StateDirectory();

	const std::string& path() const
	{
		return _path;
	}

	/// The path of a file in it.
	std::string file(const std::string& name) const
	{
		return _path + "/" + name;
	}

private:
	StateDirectory(std::string path, int descriptor) : _path(std::move(path)), _descriptor(descriptor) {}

	std::string _path;
	int _descriptor;
};

}
