#include "plugins/frontend/console/SafeText.h"

#include <fmt/format.h>

#include "node/protocol/json/Utf8.h"

namespace gimlet::console
{

namespace
{

constexpr std::size_t EXCERPT_LENGTH = 40;

/// The code point of a well-formed sequence.
char32_t decode(std::string_view sequence)
{
	const auto byte = [&sequence](std::size_t at) { return static_cast<unsigned char>(sequence[at]); };
	switch (sequence.size())
	{
	case 1:
		return byte(0);
	case 2:
		return (byte(0) & 0x1fU) << 6U | (byte(1) & 0x3fU);
	case 3:
		return (byte(0) & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU);
	default:
		return (byte(0) & 0x07U) << 18U | (byte(1) & 0x3fU) << 12U | (byte(2) & 0x3fU) << 6U |
			   (byte(3) & 0x3fU);
	}
}

/// Unicode's explicit directional formatting (UAX #9, table 2) and separators of lines.
bool isDeceiving(char32_t codePoint)
{
	return (codePoint >= 0x202a && codePoint <= 0x202e) || (codePoint >= 0x2066 && codePoint <= 0x2069) ||
		   codePoint == 0x2028 || codePoint == 0x2029 || codePoint == 0x200e || codePoint == 0x200f ||
		   codePoint == 0x061c;
}

std::string safeCharacter(std::string_view sequence)
{
	const auto codePoint = decode(sequence);
	if (codePoint == '\t')
		return "    ";
	if (codePoint < 0x20 || codePoint == 0x7f)
		return fmt::format("\\x{:02x}", static_cast<unsigned>(codePoint));
	if ((codePoint >= 0x80 && codePoint < 0xa0) || isDeceiving(codePoint))
		return fmt::format("\\u{{{:04x}}}", static_cast<unsigned>(codePoint));
	return std::string{sequence};
}

}

std::string safeText(std::string_view text)
{
	std::string result;
	result.reserve(text.size());
	for (std::size_t at = 0; at < text.size();)
	{
		const auto length = json::utf8Sequence(text, at);
		if (length == 0)
			result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
		else
			result += safeCharacter(text.substr(at, length));
		at += length == 0 ? 1 : length;
	}
	return result;
}

std::vector<std::string> safeLines(std::string_view text)
{
	std::vector<std::string> result;
	while (true)
	{
		const auto end = text.find('\n');
		auto line = text.substr(0, end);
		if (line.ends_with('\r'))
			line.remove_suffix(1);
		result.push_back(safeText(line));
		if (end == std::string_view::npos)
			return result;
		text.remove_prefix(end + 1);
	}
}

std::string excerpt(std::string_view text)
{
	const auto line = text.substr(0, text.find('\n'));
	std::size_t at = 0;
	for (std::size_t count = 0; at < line.size() && count < EXCERPT_LENGTH; ++count)
		at += std::max<std::size_t>(1, json::utf8Sequence(line, at));
	const bool whole = at >= text.size();
	return '"' + safeText(line.substr(0, at)) + (whole ? "\"" : "...\"");
}

}
