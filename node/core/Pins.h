#pragma once

#include <map>
#include <optional>
#include <string>

#include "node/api/Peer.h"

namespace gimlet::core
{

/// Which identity a person has verified under which name (Node::verify). Names come in the form in which
/// NodeCore compares them, see pinName(). One id may be pinned under several names. Loop thread only.
class Pins
{
public:
	virtual ~Pins() = default;

	/// The identity that is pinned to a name.
	virtual std::optional<PeerId> find(const std::string& name) const = 0;

	/// A name that this identity is pinned to.
	virtual std::optional<std::string> nameOf(const PeerId& id) const = 0;

	/// Pins, in the place of what was pinned to the name before.
	/// @throws std::runtime_error with a sentence for people if it cannot be kept; then nothing is changed.
	virtual void pin(const std::string& name, const PeerId& id) = 0;

	/// Unknown names are ignored. @throws As pin().
	virtual void unpin(const std::string& name) = 0;
};

/// Forgets with the process.
class MemoryPins final : public Pins
{
public:
	std::optional<PeerId> find(const std::string& name) const override
	{
		const auto found = _pins.find(name);
		return found == _pins.end() ? std::nullopt : std::optional{found->second};
	}

	std::optional<std::string> nameOf(const PeerId& id) const override
	{
		for (const auto& [name, pinned] : _pins)
			if (pinned == id)
				return name;
		return std::nullopt;
	}

	void pin(const std::string& name, const PeerId& id) override
	{
		_pins[name] = id;
	}

	void unpin(const std::string& name) override
	{
		_pins.erase(name);
	}

private:
	std::map<std::string, PeerId> _pins;
};

/// The form in which names are compared: what looks the same to a person, or nearly so, is one name. Letters
/// are in lower case; spaces at the ends, controls and characters that nobody sees are gone.
/// "" for a name to which nothing can be pinned.
std::string pinName(const std::string& name);

}
