#include "node/api/HostAddresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>

namespace gimlet
{

std::vector<Endpoint> hostAddresses()
{
	ifaddrs* first = nullptr;
	if (getifaddrs(&first) != 0)
		return {};
	const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
	std::vector<Endpoint> result;
	for (const ifaddrs* entry = first; entry; entry = entry->ifa_next)
	{
		if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
			continue;
		const auto endpoint = Endpoint::fromSockaddr(entry->ifa_addr);
		if (endpoint.valid() && !endpoint.isLinkLocal())
			result.push_back(endpoint);
	}
	std::stable_partition(
		result.begin(), result.end(), [](const auto& endpoint) { return !endpoint.isLoopback(); });
	return result;
}

}
