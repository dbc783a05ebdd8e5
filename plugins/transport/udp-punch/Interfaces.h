#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/HostAddresses.h"

namespace gimlet::udp_punch
{

/// Which network interfaces are used, by name: "eth0", "wl*", "!docker*". `*` stands for any characters, `?`
/// for one. What an exclusion names is not used; of the rest, what the other names say, or all if there are
/// none.
class InterfaceFilter
{
public:
	/// All interfaces.
	InterfaceFilter() = default;

	/// @param names One a text, as [udp-punch] interfaces lists them.
	explicit InterfaceFilter(const std::vector<std::string>& names);

	bool uses(std::string_view interface) const;

	/// Whether an exclusion names it.
	bool excludes(std::string_view interface) const;

	/// A sentence about the first name that can match no interface; "" if all can.
	static std::string problemOf(const std::vector<std::string>& names);

private:
	std::vector<std::string> _wanted;
	std::vector<std::string> _unwanted;
};

/// What the port and the peer make of it.
struct HostChoice
{
	/// Whether the port has the family (Port::supports), and [udp-punch] ipv6.
	bool ipv4 = true;
	bool ipv6 = true;
	/// The rendezvous was reached over loopback, so the peer may be on this machine.
	bool loopback = false;
	/// Machines with containers and tunnels have dozens of addresses, and most lead nowhere (FIELD:
	/// MS-ICE2 caps all candidates at 20).
	std::size_t most = 8;
	/// Privacy extensions leave an interface several addresses of IPv6; any of them does.
	std::size_t mostOfInterface = 2;
};

/// The addresses that become host candidates, with port 0, the best first: ordinary interfaces before
/// tunnels, IPv4 and IPv6 in turns so that a cap leaves some of both (RFC 8421, section 4), loopback last.
/// An interface that leads to this machine itself is asked for by the choice, not by its name, but may be
/// excluded by it. Never unspecified, multicast or link-local ones.
std::vector<Endpoint> chooseHostAddresses(
	const std::vector<HostAddress>& addresses, const InterfaceFilter& filter, const HostChoice& choice);

}
