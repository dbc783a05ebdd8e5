#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "node/api/Peer.h"
#include "node/core/Pins.h"
#include "node/core/identity/StateError.h"

namespace gimlet::core
{

/// Which identity a person has verified under which name: "anna" is 5a7a78cc-... and nobody else.
///
/// Kept in memory, and in a file where the node has a state directory (then on the disk when pin() and
/// unpin() return). Names are compared byte by byte, as the peers give them. Loop thread only.
class PinStore final : public Pins
{
public:
	/// A person verifies one at a time: this is a bound, not a wish.
	static constexpr std::size_t MAX_PINS = 1024;
	static constexpr std::size_t MAX_NAME = 64; // characters; docs/PROTOCOL.md, hello

	using Map = std::map<std::string, PeerId>;

	/// In memory alone: forgotten with the process.
	PinStore() = default;

	/// In a file, which is read now and written at each change; the folder is the caller's, and locked.
	/// @throws StateError if the file is there and is not what a PinStore writes; it is left as it is.
	explicit PinStore(std::string path);

	/// Whether pins outlive the process.
	bool lasting() const
	{
		return !_path.empty();
	}

	/// From now on the name is this identity's; what was pinned under it before no longer is.
	/// @param name 1 to MAX_NAME characters. @param id A worker id of version 8: any other proves nothing.
	/// @throws StateError with a sentence for people if there are too many, the name or id will not do, or
	/// the file cannot be written; nothing has changed then.
	void pin(const std::string& name, const PeerId& id) override;

	/// Takes a pin back, if there is one. @throws StateError if the file cannot be written.
	void unpin(const std::string& name) override;

	/// The identity that is pinned under a name.
	std::optional<PeerId> find(const std::string& name) const override;

	/// The first name, by the alphabet, that an identity is pinned under.
	std::optional<std::string> nameOf(const PeerId& id) const override;

	const Map& pins() const
	{
		return _pins;
	}

private:
	void replace(Map pins);

	std::string _path;
	Map _pins;
};

}
