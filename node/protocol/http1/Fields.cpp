#include "node/protocol/http1/Fields.h"

#include <algorithm>

#include "node/protocol/http1/Text.h"

namespace gimlet::http1
{

std::string_view nextLine(std::string_view& rest)
{
	constexpr std::string_view CRLF = "\r\n";
	const auto line = rest.substr(0, rest.find(CRLF));
	rest.remove_prefix(std::min(line.size() + CRLF.size(), rest.size()));
	return line;
}

std::optional<std::pair<std::string_view, std::string_view>> splitField(std::string_view line)
{
	const auto colon = line.find(':');
	if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
		return std::nullopt;
	const auto value = trimmed(line.substr(colon + 1));
	if (hasControlCharacter(value))
		return std::nullopt;
	return std::pair{line.substr(0, colon), value};
}

}
