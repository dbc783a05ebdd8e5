#include "plugins/discovery/http-echo/EchoUrl.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>
#include <fmt/format.h>

namespace gimlet::http_echo
{

std::string EchoUrl::request() const
{
	const auto authority = host.find(':') == std::string::npos ? host : "[" + host + "]";
	const bool usualPort = port == (tls ? 443 : 80);
	return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: text/plain\r\nConnection: close\r\n\r\n",
		target, usualPort ? authority : fmt::format("{}:{}", authority, port));
}

std::optional<EchoUrl> parseEchoUrl(const std::string& url)
{
	try
	{
		const Poco::URI uri(url);
		const auto target = uri.getPathAndQuery();
		if (uri.getHost().empty() || target.find_first_of(" \r\n\t") != std::string::npos)
			return std::nullopt;
		const auto scheme = Poco::toLower(uri.getScheme());
		if (scheme != "http" && scheme != "https")
			return std::nullopt;
		return EchoUrl{uri.getHost(), uri.getPort(), scheme == "https", target.empty() ? "/" : target};
	}
	catch (const Poco::Exception&)
	{
		return std::nullopt;
	}
}

std::optional<std::string> parseEchoBody(const std::string& body)
{
	const auto endpoint = Endpoint::parseAddress(Poco::trim(body), 0);
	if (!endpoint || !endpoint->isUnicast() || endpoint->isLoopback() || endpoint->isPrivate() ||
		endpoint->isLinkLocal())
		return std::nullopt;
	return endpoint->addressString();
}

}
