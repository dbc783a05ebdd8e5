#include "plugins/discovery/turn/TurnUri.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/api/Settings.h"

namespace gimlet::turn
{

namespace
{

/// RFC 8656, section 4 by way of RFC 8489, section 8.1.
constexpr std::uint16_t PORT = 3478;
constexpr std::uint16_t TLS_PORT = 5349;

bool takePrefix(std::string_view& text, std::string_view prefix)
{
	const bool has = text.size() >= prefix.size() &&
					 std::equal(prefix.begin(), prefix.end(), text.begin(),
						 [](char one, char other)
						 { return one == (other >= 'A' && other <= 'Z' ? other - 'A' + 'a' : other); });
	if (has)
		text.remove_prefix(prefix.size());
	return has;
}

std::optional<Carriage> carriageOf(bool tls, std::string_view transport)
{
	if (transport == "tcp" || (tls && transport.empty()))
		return tls ? Carriage::Tls : Carriage::Tcp;
	if (!tls && (transport == "udp" || transport.empty()))
		return Carriage::Udp;
	return std::nullopt;
}

}

std::string TurnUri::toString() const
{
	return fmt::format("{}:{}{}", carriage == Carriage::Tls ? "turns" : "turn",
		HostPort{host, port}.toString(),
		carriage == Carriage::Udp   ? "?transport=udp"
		: carriage == Carriage::Tcp ? "?transport=tcp"
									: "");
}

std::optional<TurnUri> parseTurnUri(std::string_view text, std::string& problem)
{
	const bool tls = takePrefix(text, "turns:");
	if (!tls && !takePrefix(text, "turn:"))
	{
		problem = "it begins with neither turn: nor turns:";
		return std::nullopt;
	}
	if (text.starts_with("//"))
	{
		problem = "there are no slashes in it: turn:host:port";
		return std::nullopt;
	}
	std::string_view transport;
	if (const auto query = text.find('?'); query != std::string_view::npos)
	{
		transport = text.substr(query + 1);
		text = text.substr(0, query);
		if (!takePrefix(transport, "transport=") || transport.empty())
		{
			problem = "behind the question mark stands transport=udp or transport=tcp, or nothing";
			return std::nullopt;
		}
	}
	const auto carriage = carriageOf(tls, transport);
	if (!carriage)
	{
		problem = tls && transport == "udp" ? "TURN over DTLS is not spoken: leave transport=udp out"
											: "its transport is neither udp nor tcp";
		return std::nullopt;
	}
	const auto where = parseHostPort(text, tls ? TLS_PORT : PORT);
	if (!where || where->port == 0)
	{
		problem = "behind turn: stands host or host:port";
		return std::nullopt;
	}
	return TurnUri{*carriage, where->host, where->port};
}

}
