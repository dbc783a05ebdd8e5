#include "plugins/signaling/rendezvous/ProxyChoice.h"

#include <fmt/format.h>

#include <cstdlib>
#include <initializer_list>

#include "node/api/Settings.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::rendezvous_client
{

namespace
{

std::string firstOf(const Environment& environment, std::initializer_list<const char*> names)
{
	for (const auto* name : names)
	{
		if (auto value = environment(name); !value.empty())
			return value;
	}
	return {};
}

bool excludes(std::string_view pattern, const RendezvousUrl& url)
{
	const auto port = fmt::format(":{}", url.port);
	if (pattern.ends_with(port) && pattern.find(':') == pattern.size() - port.size())
		pattern.remove_suffix(port.size());
	if (pattern == "*")
		return true;
	if (pattern.starts_with('.'))
		pattern.remove_prefix(1);
	const std::string_view host = url.host;
	if (pattern.empty() || host.size() < pattern.size() ||
		!http1::equalIgnoringCase(host.substr(host.size() - pattern.size()), pattern))
		return false;
	return host.size() == pattern.size() || host[host.size() - pattern.size() - 1] == '.';
}

}

std::string proxyFromEnvironment(const RendezvousUrl& url, const Environment& environment)
{
	if (url.isLoopback())
		return {};
	for (const auto& pattern : splitList(firstOf(environment, {"no_proxy", "NO_PROXY"})))
	{
		if (excludes(pattern, url))
			return {};
	}
	auto proxy = url.tls ? firstOf(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
						 : firstOf(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
	if (!proxy.empty() && proxy.find("://") == std::string::npos)
		proxy = "http://" + proxy;
	return proxy;
}

std::string processEnvironment(const char* name)
{
	const char* value = std::getenv(name);
	return value ? value : "";
}

StreamTarget streamTarget(const ClientSettings& settings, const Environment& environment)
{
	StreamTarget result;
	result.host = settings.url.host;
	result.port = settings.url.port;
	result.tls = settings.url.tls;
	result.caFile = settings.caFile;
	if (settings.proxy.empty())
		result.proxy = proxyFromEnvironment(settings.url, environment);
	else if (settings.proxy != "none")
		result.proxy = settings.proxy;
	return result;
}

}
