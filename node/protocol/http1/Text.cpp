#include "node/protocol/http1/Text.h"

#include <algorithm>

namespace gimlet::http1
{

namespace
{

bool isTokenCharacter(char character)
{
	return (character >= '0' && character <= '9') || (lower(character) >= 'a' && lower(character) <= 'z') ||
		   std::string_view{"!#$%&'*+-.^_`|~"}.find(character) != std::string_view::npos;
}

}

char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

std::string lowered(std::string_view text)
{
	std::string result{text};
	std::transform(result.begin(), result.end(), result.begin(), lower);
	return result;
}

bool equalIgnoringCase(std::string_view left, std::string_view right)
{
	return std::equal(left.begin(), left.end(), right.begin(), right.end(),
		[](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text)
{
	const auto first = text.find_first_not_of(" \t");
	if (first == std::string_view::npos)
		return {};
	return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool isToken(std::string_view text)
{
	return !text.empty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}

bool hasControlCharacter(std::string_view text)
{
	return std::any_of(text.begin(), text.end(),
		[](char character)
		{
			const auto byte = static_cast<unsigned char>(character);
			return (byte < 0x20 && character != '\t') || byte == 0x7f;
		});
}

bool hasToken(std::string_view list, std::string_view token)
{
	while (!list.empty())
	{
		const auto comma = list.find(',');
		if (equalIgnoringCase(trimmed(list.substr(0, comma)), token))
			return true;
		list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
	}
	return false;
}

}
