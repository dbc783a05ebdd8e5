#include "node/protocol/rendezvous/Names.h"

#include <algorithm>

#include "node/protocol/json/Utf8.h"

namespace gimlet::rendezvous
{

namespace
{

constexpr std::size_t UUID_LENGTH = 36;
constexpr std::size_t VERSION_AT = 14;
constexpr std::size_t VARIANT_AT = 19;

// Not <cctype>, whose answers depend on the locale.
char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool isLowerHex(char character)
{
	return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
}

bool isWordCharacter(char character)
{
	const char low = lower(character);
	return (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low == '.' || low == '_' || low == '-';
}

bool isHyphenAt(std::size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

bool isControl(char character)
{
	const auto byte = static_cast<unsigned char>(character);
	return byte < 0x20 || byte == 0x7f;
}

bool isVisible(std::string_view text)
{
	return std::all_of(
		text.begin(), text.end(), [](char character) { return character > ' ' && character < '\x7f'; });
}

bool isWord(std::string_view text, std::size_t min, std::size_t max)
{
	return text.size() >= min && text.size() <= max && std::all_of(text.begin(), text.end(), isWordCharacter);
}

}

std::optional<std::string> workerId(std::string_view text)
{
	if (text.size() != UUID_LENGTH)
		return std::nullopt;
	std::string id{text};
	std::transform(id.begin(), id.end(), id.begin(), lower);
	for (std::size_t at = 0; at < id.size(); ++at)
	{
		if (isHyphenAt(at) ? id[at] != '-' : !isLowerHex(id[at]))
			return std::nullopt;
	}
	const bool knownVersion = id[VERSION_AT] == '4' || id[VERSION_AT] == '8';
	const bool knownVariant = std::string_view{"89ab"}.find(id[VARIANT_AT]) != std::string_view::npos;
	if (!knownVersion || !knownVariant)
		return std::nullopt;
	return id;
}

int uuidVersion(std::string_view id)
{
	return id[VERSION_AT] - '0';
}

bool isRoom(std::string_view text)
{
	return isWord(text, 1, MAX_ROOM);
}

bool isName(std::string_view text)
{
	return text.size() <= 4 * MAX_NAME && std::none_of(text.begin(), text.end(), isControl) &&
		   json::isUtf8(text) && json::utf8Length(text) <= MAX_NAME;
}

bool isTransport(std::string_view text)
{
	return !text.empty() && text.size() <= MAX_TRANSPORT &&
		   std::all_of(text.begin(), text.end(),
			   [](char character) { return isWordCharacter(character) || character == '/'; });
}

bool isSession(std::string_view text)
{
	return isWord(text, MIN_SESSION, MAX_SESSION);
}

bool isRelayPath(std::string_view text)
{
	return text.size() <= MAX_RELAY_PATH && text.starts_with('/') && isVisible(text);
}

bool isTurnUrl(std::string_view text)
{
	return text.size() <= MAX_TURN_URL && (text.starts_with("turn:") || text.starts_with("turns:")) &&
		   text.back() != ':' && isVisible(text);
}

}
