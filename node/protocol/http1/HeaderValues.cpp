#include "node/protocol/http1/HeaderValues.h"

#include <algorithm>
#include <charconv>

#include "node/protocol/http1/Text.h"

namespace gimlet::http1
{

namespace
{

/// Takes the next part of a list; false at its end.
bool nextPart(std::string_view& rest, char separator, std::string_view& part)
{
	if (rest.empty())
		return false;
	part = trimmed(rest.substr(0, rest.find(separator)));
	rest.remove_prefix(std::min(rest.find(separator), rest.size() - 1) + 1);
	return true;
}

/// Whether ";q=0", in any of its spellings, stands behind a coding.
bool isRefused(std::string_view parameters)
{
	std::string_view parameter;
	while (nextPart(parameters, ';', parameter))
	{
		if (parameter.starts_with("q=") || parameter.starts_with("Q="))
			return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
	}
	return false;
}

}

bool acceptsGzip(std::string_view acceptEncoding)
{
	bool any = false;
	std::string_view part;
	while (nextPart(acceptEncoding, ',', part))
	{
		const auto semicolon = part.find(';');
		const auto coding = trimmed(part.substr(0, semicolon));
		const bool refused = semicolon != std::string_view::npos && isRefused(part.substr(semicolon + 1));
		if (equalIgnoringCase(coding, "gzip"))
			return !refused;
		if (coding == "*")
			any = !refused;
	}
	return any;
}

bool matchesTag(std::string_view ifNoneMatch, std::string_view tag)
{
	if (trimmed(ifNoneMatch) == "*")
		return true;
	std::string_view part;
	while (nextPart(ifNoneMatch, ',', part))
	{
		if (part.starts_with("W/"))
			part.remove_prefix(2);
		if (part == tag)
			return true;
	}
	return false;
}

std::string_view cookie(std::string_view header, std::string_view name)
{
	std::string_view part;
	while (nextPart(header, ';', part))
	{
		if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
			return part.substr(name.size() + 1);
	}
	return {};
}

std::string_view bearerToken(std::string_view authorization)
{
	const auto space = authorization.find(' ');
	if (space == std::string_view::npos || !equalIgnoringCase(authorization.substr(0, space), "bearer"))
		return {};
	return trimmed(authorization.substr(space));
}

std::optional<Authority> parseAuthority(std::string_view text, std::uint16_t defaultPort)
{
	std::string_view host = text;
	std::string_view port;
	if (text.starts_with('['))
	{
		const auto bracket = text.find(']');
		if (bracket == std::string_view::npos)
			return std::nullopt;
		host = text.substr(1, bracket - 1);
		port = text.substr(bracket + 1);
		if (!port.empty() && !port.starts_with(':'))
			return std::nullopt;
	}
	else if (const auto colon = text.find(':'); colon != std::string_view::npos)
	{
		host = text.substr(0, colon);
		port = text.substr(colon);
	}
	if (host.ends_with('.'))
		host.remove_suffix(1);
	if (host.empty() || host.find_first_of("/@ \t") != std::string_view::npos)
		return std::nullopt;
	Authority result{lowered(host), defaultPort};
	if (port.size() > 1)
	{
		const auto digits = port.substr(1);
		const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
		if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())
			return std::nullopt;
	}
	return result;
}

std::optional<Origin> parseOrigin(std::string_view text)
{
	for (const auto& [scheme, port] :
		{std::pair{"http", std::uint16_t{80}}, std::pair{"https", std::uint16_t{443}}})
	{
		const auto prefix = std::string{scheme} + "://";
		if (!text.starts_with(prefix))
			continue;
		if (auto authority = parseAuthority(text.substr(prefix.size()), port))
			return Origin{scheme, std::move(*authority)};
	}
	return std::nullopt;
}

}
