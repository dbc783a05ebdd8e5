#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/signaling/lan/LanMachine.h"

namespace gimlet::lan
{

/// An address of an interface that others of the same network may hear.
struct InterfaceAddress
{
	std::string interface;
	unsigned index = 0;
	Segment segment;
	bool loopback = false;

	friend bool operator==(const InterfaceAddress& one, const InterfaceAddress& other)
	{
		return one.index == other.index && one.segment.address == other.segment.address &&
			   one.segment.prefix == other.segment.prefix;
	}
};

/// The addresses of this machine where multicast works: interfaces that are up and are no tunnels, IPv4 and
/// link-local IPv6, and loopback. Asks the kernel each time.
std::vector<InterfaceAddress> multicastAddresses();

/// Whether [lan] interfaces takes an interface: what "!docker*" names is not used; of the rest what the other
/// names say, or all if there are none. Loopback leads to this machine only and must be named.
bool uses(const std::vector<std::string>& names, std::string_view interface, bool loopback);

}
