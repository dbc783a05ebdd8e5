#include "plugins/signaling/lan/Interfaces.h"

#include <fnmatch.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace gimlet::lan
{

namespace
{

bool matches(const std::string& pattern, std::string_view name)
{
	return fnmatch(pattern.c_str(), std::string{name}.c_str(), 0) == 0;
}

unsigned prefixOf(const sockaddr* mask)
{
	const auto endpoint = Endpoint::fromSockaddr(mask);
	unsigned bits = 0;
	for (const auto byte : endpoint.address())
		bits += static_cast<unsigned>(std::popcount(byte));
	return bits;
}

bool serves(const ifaddrs& entry)
{
	const bool loopback = (entry.ifa_flags & IFF_LOOPBACK) != 0;
	return entry.ifa_addr && (entry.ifa_flags & IFF_UP) != 0 && (entry.ifa_flags & IFF_RUNNING) != 0 &&
		   (loopback || ((entry.ifa_flags & IFF_MULTICAST) != 0 && (entry.ifa_flags & IFF_POINTOPOINT) == 0));
}

}

std::vector<InterfaceAddress> multicastAddresses()
{
	ifaddrs* first = nullptr;
	if (getifaddrs(&first) != 0)
		return {};
	const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
	std::vector<InterfaceAddress> result;
	for (const ifaddrs* entry = first; entry; entry = entry->ifa_next)
	{
		if (!serves(*entry))
			continue;
		const auto address = Endpoint::fromSockaddr(entry->ifa_addr);
		if (!address.isV4() && !(address.isV6() && address.isLinkLocal()))
			continue;
		result.push_back({.interface = entry->ifa_name,
			.index = if_nametoindex(entry->ifa_name),
			.segment = {.address = address.withPort(0),
				.prefix = entry->ifa_netmask ? prefixOf(entry->ifa_netmask) : 0},
			.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0});
	}
	return result;
}

bool uses(const std::vector<std::string>& names, std::string_view interface, bool loopback)
{
	bool wanted = false;
	bool anyWanted = false;
	for (const auto& name : names)
	{
		if (name.starts_with('!'))
		{
			if (matches(name.substr(1), interface))
				return false;
			continue;
		}
		anyWanted = true;
		wanted = wanted || (loopback ? name == interface : matches(name, interface));
	}
	return wanted || (!anyWanted && !loopback);
}

}
