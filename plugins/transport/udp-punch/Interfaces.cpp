#include "plugins/transport/udp-punch/Interfaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace gimlet::udp_punch
{

namespace
{

/// IFNAMSIZ of Linux is 16, with the NUL at the end.
constexpr std::size_t MAX_NAME = 15;

/// Interfaces of tunnels and overlays: they may lead to the peer, though rarely better than what carries
/// them.
constexpr std::array TUNNELS{"tun*", "tap*", "wg*", "ppp*", "tailscale*", "zt*", "utun*", "ipsec*", "gre*"};

/// Whether a name matches a pattern of `*` and `?`. Goes back to the last star only, so the time is bounded
/// by the product of the lengths.
bool matches(std::string_view pattern, std::string_view name)
{
	std::size_t at = 0;
	std::size_t next = 0;
	std::size_t star = std::string_view::npos;
	std::size_t starred = 0;
	while (next < name.size())
	{
		if (at < pattern.size() && pattern[at] == '*')
		{
			star = at++;
			starred = next;
		}
		else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == name[next]))
		{
			++at;
			++next;
		}
		else if (star != std::string_view::npos)
		{
			at = star + 1;
			next = ++starred;
		}
		else
			return false;
	}
	return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

template <typename Patterns>
bool matchesAny(const Patterns& patterns, std::string_view name)
{
	return std::any_of(patterns.begin(), patterns.end(),
		[name](std::string_view pattern) { return matches(pattern, name); });
}

/// The smaller, the earlier.
int rank(const HostAddress& host)
{
	if (host.address.isLoopback())
		return 2;
	return matchesAny(TUNNELS, host.interface) ? 1 : 0;
}

bool usable(const HostAddress& host, const InterfaceFilter& filter, const HostChoice& choice)
{
	const auto& address = host.address;
	if (!(address.isV4() ? choice.ipv4 : choice.ipv6 && address.isV6()))
		return false;
	if (!address.isUnicast() || address.isLinkLocal())
		return false;
	return address.isLoopback() ? choice.loopback && !filter.excludes(host.interface)
								: filter.uses(host.interface);
}

}

InterfaceFilter::InterfaceFilter(const std::vector<std::string>& names)
{
	for (const auto& name : names)
	{
		if (name.starts_with('!'))
			_unwanted.push_back(name.substr(1));
		else
			_wanted.push_back(name);
	}
}

bool InterfaceFilter::uses(std::string_view interface) const
{
	return !excludes(interface) && (_wanted.empty() || matchesAny(_wanted, interface));
}

bool InterfaceFilter::excludes(std::string_view interface) const
{
	return matchesAny(_unwanted, interface);
}

std::string InterfaceFilter::problemOf(const std::vector<std::string>& names)
{
	for (const auto& text : names)
	{
		const auto name = std::string_view{text}.substr(text.starts_with('!') ? 1 : 0);
		const auto stars = static_cast<std::size_t>(std::count(name.begin(), name.end(), '*'));
		const bool printable =
			std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~' && c != '/'; });
		if (name.empty() || name.size() - stars > MAX_NAME || stars > MAX_NAME || !printable)
			return fmt::format("\"{}\" is no name of an interface, as eth0, wl* or !docker*", text);
	}
	return "";
}

std::vector<Endpoint> chooseHostAddresses(
	const std::vector<HostAddress>& addresses, const InterfaceFilter& filter, const HostChoice& choice)
{
	// Rank, place in its family, family: so the families take turns within a rank.
	std::vector<std::pair<std::array<std::size_t, 3>, Endpoint>> ranked;
	std::map<std::pair<std::string, int>, std::size_t> ofInterface;
	std::map<std::pair<int, int>, std::size_t> ofFamily;
	for (const auto& host : addresses)
	{
		const int family = host.address.family();
		if (!usable(host, filter, choice) ||
			ofInterface[{host.interface, family}]++ >= choice.mostOfInterface)
			continue;
		const int at = rank(host);
		const std::size_t place = ofFamily[{at, family}]++;
		ranked.push_back(
			{{static_cast<std::size_t>(at), place, host.address.isV4() ? 0U : 1U}, host.address.withPort(0)});
	}
	std::stable_sort(ranked.begin(), ranked.end(),
		[](const auto& left, const auto& right) { return left.first < right.first; });
	std::vector<Endpoint> result;
	for (const auto& [key, address] : ranked)
		if (result.size() < choice.most)
			result.push_back(address);
	return result;
}

}
