#include "node/api/HostAddresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>

namespace gimlet
{

std::vector<HostAddress> interfaceAddresses()
{
	ifaddrs* first = nullptr;
	if (getifaddrs(&first) != 0)
		return {};
	const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
	std::vector<HostAddress> result;
	for (const ifaddrs* entry = first; entry; entry = entry->ifa_next)
	{
		if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
			continue;
		const auto endpoint = Endpoint::fromSockaddr(entry->ifa_addr);
		if (endpoint.valid() && !endpoint.isLinkLocal())
			result.push_back({entry->ifa_name, endpoint});
	}
	std::stable_partition(
		result.begin(), result.end(), [](const HostAddress& host) { return !host.address.isLoopback(); });
	return result;
}

bool hasAddress(const Endpoint& endpoint)
{
	// Link-local ones are not listed; what has one is not worth the question.
	if (!endpoint.valid() || endpoint.isLoopback() || endpoint.isLinkLocal())
		return true;
	const auto addresses = interfaceAddresses();
	return std::any_of(addresses.begin(), addresses.end(),
		[&endpoint](const HostAddress& host) { return host.address.sameAddress(endpoint); });
}

std::vector<Endpoint> hostAddresses()
{
	std::vector<Endpoint> result;
	for (const auto& host : interfaceAddresses())
		result.push_back(host.address);
	return result;
}

}
