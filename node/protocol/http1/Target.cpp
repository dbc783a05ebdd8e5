#include "node/protocol/http1/Target.h"

#include <algorithm>

#include "node/protocol/http1/Text.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::http1
{

namespace
{

constexpr std::size_t MAX_PARAMETERS = 64;

int hexValue(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	const char letter = lower(character);
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool isPlainSegment(std::string_view segment)
{
	return !segment.empty() && segment != "." && segment != ".." && !hasControlCharacter(segment) &&
		   segment.find_first_of("/\\\t") == std::string_view::npos && json::isUtf8(segment);
}

bool parsePath(Target& target)
{
	std::string_view rest = std::string_view{target.rawPath}.substr(1);
	target.trailingSlash = rest.empty() || rest.ends_with('/');
	while (!rest.empty())
	{
		const auto slash = rest.find('/');
		auto segment = percentDecoded(rest.substr(0, slash));
		if (!segment || !isPlainSegment(*segment))
			return false;
		target.path.append("/").append(*segment);
		target.segments.push_back(std::move(*segment));
		rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
	}
	if (target.trailingSlash)
		target.path += '/';
	return true;
}

bool parseQuery(Target& target)
{
	std::string_view rest = target.rawQuery;
	for (std::size_t count = 0; !rest.empty(); ++count)
	{
		if (count == MAX_PARAMETERS)
			return false;
		const auto part = rest.substr(0, rest.find('&'));
		rest.remove_prefix(std::min(part.size() + 1, rest.size()));
		const auto equals = part.find('=');
		auto name = percentDecoded(part.substr(0, equals), true);
		auto value = percentDecoded(
			equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1), true);
		if (!name || !value)
			return false;
		if (!name->empty())
			target.query.emplace(std::move(*name), std::move(*value));
	}
	return true;
}

}

std::optional<std::string> percentDecoded(std::string_view text, bool plusIsSpace)
{
	std::string result;
	result.reserve(text.size());
	for (std::size_t i = 0; i < text.size(); ++i)
	{
		if (text[i] == '%')
		{
			const int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
			const int low = high < 0 ? -1 : hexValue(text[i + 2]);
			if (low < 0)
				return std::nullopt;
			result += static_cast<char>(high * 16 + low);
			i += 2;
		}
		else
		{
			result += plusIsSpace && text[i] == '+' ? ' ' : text[i];
		}
	}
	return result;
}

std::variant<Target, Fault> parseTarget(std::string_view text)
{
	if (!text.starts_with('/'))
		return Fault{400, "the request target must be a path"};
	const auto isPrintable = [](char character) { return character > 0x20 && character < 0x7f; };
	if (!std::all_of(text.begin(), text.end(), isPrintable) || text.find('#') != std::string_view::npos)
		return Fault{400, "the request target holds a character that must be encoded"};
	Target target;
	const auto question = text.find('?');
	target.rawPath = text.substr(0, question);
	if (question != std::string_view::npos)
		target.rawQuery = text.substr(question + 1);
	if (!parsePath(target))
		return Fault{400,
			"the path holds something that is not served (an empty part, \".\", \"..\", an encoded "
			"slash or backslash, a control character, or no UTF-8)"};
	if (!parseQuery(target))
		return Fault{400, "the query is malformed"};
	return target;
}

std::string queryWithout(std::string_view rawQuery, std::string_view name)
{
	std::string result;
	while (!rawQuery.empty())
	{
		const auto part = rawQuery.substr(0, rawQuery.find('&'));
		rawQuery.remove_prefix(std::min(part.size() + 1, rawQuery.size()));
		if (percentDecoded(part.substr(0, part.find('=')), true) == name)
			continue;
		result.append(result.empty() ? "" : "&").append(part);
	}
	return result;
}

}
