#include "node/api/Settings.h"

#include <Poco/Exception.h>
#include <Poco/String.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace gimlet
{

namespace
{

std::string_view trimmed(std::string_view text)
{
	const auto first = text.find_first_not_of(" \t");
	if (first == std::string_view::npos)
		return {};
	return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <typename Number>
std::optional<Number> parseNumber(std::string_view text)
{
	Number number{};
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	if (text.empty() || error != std::errc{} || end != text.data() + text.size())
		return std::nullopt;
	return number;
}

}

std::string HostPort::toString() const
{
	const auto number = std::to_string(port);
	return host.find(':') == std::string::npos ? host + ":" + number : "[" + host + "]:" + number;
}

std::vector<std::string> splitList(std::string_view text)
{
	std::vector<std::string> parts;
	while (!text.empty())
	{
		const auto comma = text.find(',');
		const auto part = trimmed(text.substr(0, comma));
		if (!part.empty())
			parts.emplace_back(part);
		text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
	}
	return parts;
}

std::optional<HostPort> parseHostPort(std::string_view text, std::optional<std::uint16_t> defaultPort)
{
	text = trimmed(text);
	std::string_view host = text;
	std::string_view port;
	if (!text.empty() && text.front() == '[')
	{
		const auto bracket = text.find(']');
		if (bracket == std::string_view::npos)
			return std::nullopt;
		host = text.substr(1, bracket - 1);
		port = text.substr(bracket + 1);
		if (!port.empty() && port.front() != ':')
			return std::nullopt;
	}
	else if (const auto colon = text.find(':'); colon != std::string_view::npos)
	{
		host = text.substr(0, colon);
		port = text.substr(colon);
	}
	if (host.empty() || host.find_first_of(" \t/@") != std::string_view::npos)
		return std::nullopt;
	if (port.empty())
		return defaultPort ? std::optional{HostPort{std::string{host}, *defaultPort}} : std::nullopt;
	const auto number = parseNumber<std::uint16_t>(port.substr(1));
	if (!number || *number == 0)
		return std::nullopt;
	return HostPort{std::string{host}, *number};
}

std::optional<ListenAddress> parseListenAddress(std::string_view text)
{
	text = trimmed(text);
	const auto colon = text.rfind(':');
	if (colon == std::string_view::npos)
		return std::nullopt;
	const auto host = text.substr(0, colon);
	const auto port = parseNumber<std::uint16_t>(text.substr(colon + 1));
	if (!port)
		return std::nullopt;
	if (host == "*")
		return ListenAddress{std::nullopt, *port};
	if (host == "localhost")
		return ListenAddress{Endpoint::loopback(AF_INET, *port), *port};
	const auto endpoint = Endpoint::parse(text);
	return endpoint ? std::optional{ListenAddress{endpoint, *port}} : std::nullopt;
}

std::optional<std::chrono::milliseconds> parseSeconds(std::string_view text)
{
	constexpr double LONGEST = 1e9;
	text = trimmed(text);
	const auto seconds = parseNumber<double>(text);
	if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > LONGEST)
		return std::nullopt;
	return std::chrono::milliseconds{std::llround(*seconds * 1000)};
}

std::optional<std::uint64_t> parseBytes(std::string_view text)
{
	text = trimmed(text);
	unsigned shift = 0;
	if (!text.empty())
	{
		switch (text.back())
		{
		case 'k':
		case 'K':
			shift = 10;
			break;
		case 'M':
			shift = 20;
			break;
		case 'G':
			shift = 30;
			break;
		default:
			break;
		}
	}
	const auto number = parseNumber<std::uint64_t>(shift ? text.substr(0, text.size() - 1) : text);
	if (!number || *number > (std::numeric_limits<std::uint64_t>::max() >> shift))
		return std::nullopt;
	return *number << shift;
}

std::optional<bool> parseBoolean(std::string_view text)
{
	const auto word = Poco::toLower(std::string{trimmed(text)});
	if (word == "true" || word == "yes" || word == "on" || word == "1")
		return true;
	if (word == "false" || word == "no" || word == "off" || word == "0")
		return false;
	return std::nullopt;
}

std::optional<std::int64_t> parseInteger(std::string_view text)
{
	return parseNumber<std::int64_t>(trimmed(text));
}

Settings::Settings(std::string section, std::map<std::string, Value> values) :
	_section(std::move(section)), _values(std::move(values))
{
}

const Settings::Value& Settings::value(std::string_view key) const
{
	const auto found = _values.find(std::string{key});
	if (found == _values.end())
		throw Poco::NotFoundException("undeclared key [" + _section + "] " + std::string{key});
	return found->second;
}

bool Settings::given(std::string_view key) const
{
	const auto& found = value(key);
	return found.origin != Origin::Default || found.aliasPort;
}

const std::string& Settings::text(std::string_view key) const
{
	return value(key).text;
}

bool Settings::boolean(std::string_view key) const
{
	return parseBoolean(text(key)).value_or(false);
}

std::int64_t Settings::integer(std::string_view key) const
{
	return parseInteger(text(key)).value_or(0);
}

std::chrono::milliseconds Settings::seconds(std::string_view key) const
{
	return parseSeconds(text(key)).value_or(std::chrono::milliseconds{0});
}

std::uint64_t Settings::bytes(std::string_view key) const
{
	return parseBytes(text(key)).value_or(0);
}

std::vector<std::string> Settings::list(std::string_view key) const
{
	return splitList(text(key));
}

std::vector<HostPort> Settings::hostPorts(std::string_view key) const
{
	constexpr std::uint16_t STUN_PORT = 3478; // RFC 8489, section 8.1: the only host:port lists are STUN's
	std::vector<HostPort> result;
	for (const auto& part : list(key))
		if (const auto parsed = parseHostPort(part, STUN_PORT))
			result.push_back(*parsed);
	return result;
}

ListenAddress Settings::endpoint(std::string_view key) const
{
	const auto& found = value(key);
	auto address = parseListenAddress(found.text).value_or(ListenAddress{});
	if (!found.aliasPort)
		return address;
	address.port = *found.aliasPort;
	if (found.origin == Origin::Default)
		address.endpoint.reset();
	else if (address.endpoint)
		address.endpoint = address.endpoint->withPort(address.port);
	return address;
}

}
