#include "plugins/signaling/rendezvous/RendezvousUrl.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>

namespace gimlet::rendezvous_client
{

namespace
{

constexpr std::uint16_t HTTP_PORT = 80;
constexpr std::uint16_t HTTPS_PORT = 443;

bool mayStandInRequestLine(const std::string& text)
{
	return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// As it stands, for what is percent-encoded goes out percent-encoded; without slashes at the end.
std::string rawPathOf(const std::string& url)
{
	const auto authority = url.find("://") + 3;
	const auto begin = url.find_first_of("/?#", authority);
	if (begin == std::string::npos)
		return {};
	auto path = url.substr(begin, url.find_first_of("?#", begin) - begin);
	while (path.ends_with('/'))
		path.pop_back();
	return path;
}

bool namesRoom(const std::string& query)
{
	return query.starts_with("room=") || query.find("&room=") != std::string::npos;
}

}

std::optional<RendezvousUrl> RendezvousUrl::parse(const std::string& url, std::string& error)
try
{
	error = "is not a URL; https://host is right";
	const Poco::URI uri(url);
	const auto& scheme = uri.getScheme();
	RendezvousUrl result;
	result.tls = scheme == "https" || scheme == "wss";
	result.host = uri.getHost();
	if (result.host.empty() || (!result.tls && scheme != "http" && scheme != "ws"))
		return std::nullopt;
	if (result.host.front() == '[')
		result.host = result.host.substr(1, result.host.size() - 2);
	result.port = uri.getPort() != 0 ? uri.getPort() : result.tls ? HTTPS_PORT : HTTP_PORT;
	result.path = rawPathOf(url);
	result.query = uri.getRawQuery();
	result.text = url.substr(0, url.find_last_not_of('/') + 1);
	error.clear();
	if (!uri.getUserInfo().empty())
		error = "must not hold a user or password; a secret belongs into the key token";
	else if (!uri.getFragment().empty() || url.find('#') != std::string::npos)
		error = "must not have a part after '#'";
	else if (namesRoom(result.query))
		error = "must not name a room; it belongs into the key room";
	else if (!mayStandInRequestLine(result.path + result.query + result.host))
		error = "holds a character that a URL cannot have; write it percent-encoded";
	return error.empty() ? std::optional{result} : std::nullopt;
}
catch (const Poco::Exception&)
{
	return std::nullopt;
}

std::string RendezvousUrl::hostHeader() const
{
	const auto name = host.find(':') != std::string::npos ? fmt::format("[{}]", host) : host;
	return port == (tls ? HTTPS_PORT : HTTP_PORT) ? name : fmt::format("{}:{}", name, port);
}

std::string RendezvousUrl::target(const PeerId& id, const std::string& room) const
{
	return fmt::format("{}/ws/register/{}?{}{}room={}", path, id, query, query.empty() ? "" : "&", room);
}

std::string RendezvousUrl::target(const std::string& named) const
{
	return fmt::format("{}{}{}{}", path, named, query.empty() ? "" : "?", query);
}

bool RendezvousUrl::isLoopback() const
{
	if (const auto literal = Endpoint::parseAddress(host, port))
		return literal->isLoopback();
	return host == "localhost";
}

std::pair<std::string, std::string> gateHeader(const std::string& iamToken)
{
	return {"X-Serverless-Authorization", "Bearer " + iamToken};
}

}
