#include "node/core/identity/PinStore.h"

#include <fmt/format.h>

#include "node/core/identity/StateFile.h"
#include "node/protocol/json/Json.h"
#include "node/protocol/json/Utf8.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::core
{

namespace
{

constexpr int FORM = 1;
/// A name may have 64 characters of 4 bytes, 6 where they are escaped; then an id and the names of members.
constexpr std::size_t MAX_FILE = PinStore::MAX_PINS * 512;

bool isName(std::string_view name)
{
	return !name.empty() && rendezvous::isName(name);
}

bool provesItself(const PeerId& id)
{
	return rendezvous::workerId(id) == id && rendezvous::uuidVersion(id) == 8;
}

[[noreturn]] void corrupt(const std::string& path, const std::string& why)
{
	throw StateError(StateError::CONFIGURATION,
		fmt::format(
			"{} does not hold the verified identities as this node writes them ({}). Put a backup in its "
			"place; or move it away, and verify your peers anew",
			path, why));
}

PinStore::Map decode(const std::string& path, const std::string& text)
{
	std::string error;
	const auto object = json::Object::parse(text, error, {.size = MAX_FILE});
	if (!object)
		corrupt(path, text.empty() ? "it is empty" : error);
	if (object->integer("form") != FORM)
		corrupt(path, fmt::format("\"form\" is not {}", FORM));
	const auto elements = object->elements("pins", PinStore::MAX_PINS);
	if (!elements)
		corrupt(path, fmt::format("\"pins\" is no list of at most {}", PinStore::MAX_PINS));
	PinStore::Map pins;
	for (const auto& element : *elements)
	{
		const auto pin = element.object();
		const auto name = pin ? pin->text("name", PinStore::MAX_NAME) : std::nullopt;
		const auto id = pin ? pin->text("id", 36) : std::nullopt;
		if (!name || !id || !isName(*name) || !provesItself(*id) || !pins.emplace(*name, *id).second)
			corrupt(path, "a pin is no name, of its own, with an id of version 8");
	}
	return pins;
}

std::string encode(const PinStore::Map& pins)
{
	json::Writer out;
	out.beginObject().member("form", FORM).key("pins").beginArray();
	for (const auto& [name, id] : pins)
		out.beginObject().member("name", name).member("id", id).endObject();
	return out.endArray().endObject().take() + '\n';
}

}

PinStore::PinStore(std::string path) : _path(std::move(path))
{
	if (const auto file = readStateFile(_path, MAX_FILE))
		_pins = decode(_path, file->text);
}

void PinStore::pin(const std::string& name, const PeerId& id)
{
	if (!isName(name))
		throw StateError(StateError::UNAVAILABLE, "Only who has a name can be pinned to it.");
	if (!provesItself(id))
		throw StateError(
			StateError::UNAVAILABLE, "This id proves nothing: only ids of version 8 come from a key.");
	auto pins = _pins;
	pins.insert_or_assign(name, id);
	if (pins.size() > MAX_PINS)
		throw StateError(StateError::UNAVAILABLE,
			fmt::format("There are {} verified identities; no more can be kept.", MAX_PINS));
	replace(std::move(pins));
}

void PinStore::unpin(const std::string& name)
{
	auto pins = _pins;
	if (pins.erase(name) > 0)
		replace(std::move(pins));
}

void PinStore::replace(Map pins)
{
	if (lasting() && pins != _pins)
		writeStateFile(_path, encode(pins));
	_pins = std::move(pins);
}

std::optional<PeerId> PinStore::find(const std::string& name) const
{
	const auto found = _pins.find(name);
	return found == _pins.end() ? std::nullopt : std::optional{found->second};
}

std::optional<std::string> PinStore::nameOf(const PeerId& id) const
{
	for (const auto& [name, pinned] : _pins)
		if (pinned == id)
			return name;
	return std::nullopt;
}

}
