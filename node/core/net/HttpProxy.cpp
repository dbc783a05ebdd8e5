#include "node/core/net/HttpProxy.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace gimlet::core
{

namespace
{

std::string base64(std::string_view text)
{
	std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
	const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
		reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
	out.resize(static_cast<std::size_t>(length));
	return out;
}

}

std::optional<HttpProxy> HttpProxy::parse(const std::string& url, std::string& error)
try
{
	error = "the proxy's address must have the form http://[user:password@]host:port";
	const Poco::URI uri(url);
	if (uri.getScheme() != "http" || uri.getHost().empty())
		return std::nullopt;
	if (!uri.getPathEtc().empty() && uri.getPathEtc() != "/")
		return std::nullopt;
	HttpProxy proxy{.host = uri.getHost(), .port = uri.getPort(), .credentials = {}};
	if (proxy.host.front() == '[')
		proxy.host = proxy.host.substr(1, proxy.host.size() - 2);
	Poco::URI::decode(uri.getUserInfo(), proxy.credentials);
	if (!proxy.credentials.empty() && proxy.credentials.find(':') == std::string::npos)
		proxy.credentials += ':';
	error.clear();
	return proxy;
}
catch (const Poco::Exception&)
{
	return std::nullopt;
}

std::string HttpProxy::connectRequest(std::string_view targetHost, std::uint16_t targetPort) const
{
	const auto target = authority(targetHost, targetPort);
	if (std::any_of(target.begin(), target.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; }))
		throw std::invalid_argument("the host's name holds a character that may not be sent");
	auto request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
	if (!credentials.empty())
		request += fmt::format("Proxy-Authorization: Basic {}\r\n", base64(credentials));
	return request + "\r\n";
}

std::string HttpProxy::name() const
{
	return authority(host, port);
}

std::string authority(std::string_view host, std::uint16_t port)
{
	const bool v6 = host.find(':') != std::string_view::npos;
	return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}
