#include "plugins/frontend/web/Address.h"

#include <fmt/format.h>

namespace gimlet::web
{

namespace
{

/// Whether browsers leave the port out for this scheme.
bool isUsualPort(const std::string& scheme, std::uint16_t port)
{
	return port == (scheme == "https" ? 443 : 80);
}

}

std::string pageAddress(const std::string& scheme, const Endpoint& listening,
	const std::vector<std::string>& hosts, const std::vector<Endpoint>& machine)
{
	auto address = listening;
	if (address.isUnspecified())
		address = machine.empty() ? Endpoint::loopback(AF_INET, 0) : machine.front();
	auto host = address.addressString();
	if (address.isV6())
		host = '[' + host + ']';
	if (!hosts.empty())
		host = hosts.front();
	if (isUsualPort(scheme, listening.port()))
		return fmt::format("{}://{}/", scheme, host);
	return fmt::format("{}://{}:{}/", scheme, host, listening.port());
}

}
