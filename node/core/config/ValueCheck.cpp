#include "node/core/config/ValueCheck.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "node/api/Settings.h"
#include "node/core/config/Suggestion.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

using Complaint = std::optional<std::string>;

bool isControl(char character)
{
	const auto byte = static_cast<unsigned char>(character);
	return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/// The two ends of a constraint "min..max"; either may be left out.
struct Range
{
	std::string_view least;
	std::string_view most;
};

Range parseRange(std::string_view constraint)
{
	const auto dots = constraint.find("..");
	if (dots == std::string_view::npos)
		return {};
	return {constraint.substr(0, dots), constraint.substr(dots + 2)};
}

template <typename Value, typename Parse>
Complaint checkRange(std::string_view constraint, Value value, Parse parse, std::string_view unit)
{
	const auto range = parseRange(constraint);
	const auto least = parse(range.least);
	const auto most = parse(range.most);
	if ((!least || value >= *least) && (!most || value <= *most))
		return std::nullopt;
	if (least && most)
		return fmt::format("is out of range; {} to {}{} is right", range.least, range.most, unit);
	if (least)
		return fmt::format("is too small; {}{} or more is right", range.least, unit);
	return fmt::format("is too large; {}{} or less is right", range.most, unit);
}

Complaint checkChoice(std::string_view constraint, std::string_view value)
{
	const auto choices = splitChoices(constraint);
	if (std::find(choices.begin(), choices.end(), value) != choices.end())
		return std::nullopt;
	return fmt::format("is not one of {}{}", fmt::join(choices, ", "), didYouMean(value, choices));
}

/// Why the port at the end of an address will not do, if that is what is wrong with it.
Complaint checkPortOf(std::string_view address)
{
	const auto colon = address.rfind(':');
	if (colon == std::string_view::npos || address.find(']', colon) != std::string_view::npos)
		return "has no port; write it as address:port";
	const auto port = address.substr(colon + 1);
	if (parsePort(port))
		return std::nullopt;
	const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
	return fmt::format("has the port \"{}\", which is {}; 0 to 65535 is right", port,
		digits ? "out of range" : "not a number");
}

Complaint checkEndpoint(std::string_view constraint, std::string_view value)
{
	const auto words = splitChoices(constraint);
	if (std::find(words.begin(), words.end(), value) != words.end() || parseListenAddress(value))
		return std::nullopt;
	if (auto complaint = checkPortOf(value))
		return complaint;
	return "is not an address to listen on; 127.0.0.1:8080, [::1]:8080 or *:8080 is right";
}

Complaint checkHostPorts(std::string_view value)
{
	for (const auto& part : splitList(value))
	{
		if (parseHostPort(part, 1))
			continue;
		const auto colon = part.rfind(':');
		const auto port =
			colon == std::string::npos ? std::optional<std::uint16_t>{1} : parsePort(part.substr(colon + 1));
		if (!port || *port == 0)
			return fmt::format("holds \"{}\", whose port is none; 1 to 65535 is right", part);
		return fmt::format(
			"holds \"{}\", which is not host:port; stun.example.org:3478 or [2001:db8::1]:3478 is right",
			part);
	}
	return std::nullopt;
}

Complaint checkUrl(std::string_view constraint, std::string_view value)
{
	const auto schemes = splitChoices(constraint);
	const auto right = fmt::format("{}://host:port is right", schemes.empty() ? "https" : schemes.front());
	try
	{
		const Poco::URI uri{std::string{value}};
		if (std::find(schemes.begin(), schemes.end(), uri.getScheme()) == schemes.end())
			return uri.getScheme().empty() || uri.getHost().empty()
					   ? fmt::format("is not a URL; {}", right)
					   : fmt::format(
							 "has the scheme \"{}\"; {} is right", uri.getScheme(), fmt::join(schemes, ", "));
		if (uri.getHost().empty())
			return fmt::format("names no host; {}", right);
		return std::nullopt;
	}
	catch (const Poco::Exception&)
	{
		return fmt::format("is not a URL; {}", right);
	}
}

/// Whether an empty value is a value of this type.
bool mayBeEmpty(const GimletConfigKey& key)
{
	switch (key.type)
	{
	case GIMLET_TEXT:
	case GIMLET_LIST:
	case GIMLET_HOST_PORTS:
		return true;
	default:
		return *key.defaultValue == '\0';
	}
}

}

std::vector<std::string> splitChoices(std::string_view constraint)
{
	std::string commas{constraint};
	std::replace(commas.begin(), commas.end(), '|', ',');
	return splitList(commas);
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
	const auto number = parseInteger(text);
	if (!number || *number < 0 || *number > std::numeric_limits<std::uint16_t>::max())
		return std::nullopt;
	return static_cast<std::uint16_t>(*number);
}

std::optional<std::string> checkValue(const GimletConfigKey& key, std::string_view value)
{
	// The ini reader has seen to that; variables and --set may hold anything.
	if (!json::isUtf8(value))
		return "is not valid UTF-8";
	if (std::any_of(value.begin(), value.end(), isControl))
		return "holds a control character";
	if (value.empty())
	{
		if (mayBeEmpty(key))
			return std::nullopt;
		return fmt::format("is empty; {} is right", describeType(key));
	}
	switch (key.type)
	{
	case GIMLET_TEXT:
	case GIMLET_LIST:
		return std::nullopt;
	case GIMLET_BOOLEAN:
		return parseBoolean(value) ? std::nullopt : Complaint{"is neither yes nor no"};
	case GIMLET_INTEGER:
		if (const auto number = parseInteger(value))
			return checkRange(key.constraint, *number, parseInteger, "");
		return fmt::format("is not a whole number; {} is right", describeType(key));
	case GIMLET_SECONDS:
		if (const auto seconds = parseSeconds(value))
			return checkRange(key.constraint, *seconds, parseSeconds, " seconds");
		return "is not a number of seconds; 25 or 0.5 would be one";
	case GIMLET_BYTES:
		if (const auto bytes = parseBytes(value))
			return checkRange(key.constraint, *bytes, parseBytes, " bytes");
		return "is not a number of bytes; 65536, 64k or 16M would be one";
	case GIMLET_CHOICE:
		return checkChoice(key.constraint, value);
	case GIMLET_ENDPOINT:
		return checkEndpoint(key.constraint, value);
	case GIMLET_HOST_PORTS:
		return checkHostPorts(value);
	case GIMLET_URL:
		return checkUrl(key.constraint, value);
	}
	return "is of a type that this version does not know";
}

std::string describeType(const GimletConfigKey& key)
{
	const auto range = parseRange(key.constraint);
	const auto bounds =
		*key.constraint == '\0' ? std::string{} : fmt::format(", {} to {}", range.least, range.most);
	switch (key.type)
	{
	case GIMLET_TEXT:
		return "text";
	case GIMLET_BOOLEAN:
		return "yes | no";
	case GIMLET_INTEGER:
		return "a whole number" + bounds;
	case GIMLET_SECONDS:
		return "seconds" + bounds;
	case GIMLET_CHOICE:
		return key.constraint;
	case GIMLET_LIST:
		return "a list, separated by commas";
	case GIMLET_ENDPOINT:
		return *key.constraint == '\0' ? "address:port" : fmt::format("address:port | {}", key.constraint);
	case GIMLET_HOST_PORTS:
		return "host:port, separated by commas";
	case GIMLET_URL:
		return fmt::format("a URL ({})", key.constraint);
	case GIMLET_BYTES:
		return "bytes, with k, M or G" + bounds;
	}
	return "?";
}

}
