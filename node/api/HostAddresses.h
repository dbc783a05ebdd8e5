#pragma once

#include <string>
#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet
{

/// An address of this machine, with port 0, and the interface that has it: "eth0".
struct HostAddress
{
	std::string interface;
	Endpoint address;

	friend bool operator==(const HostAddress&, const HostAddress&) = default;
};

/// The addresses of this machine's interfaces that are up: those that lead out first, loopback last;
/// link-local IPv6 and 169.254/16 are left out. Asks the kernel each time. Any thread.
GIMLET_API std::vector<HostAddress> interfaceAddresses();

/// Whether this machine has an address, for instance still that of a connection. True for an invalid one, of
/// which nothing is known, and for loopback and link-local ones. Asks the kernel each time. Any thread.
GIMLET_API bool hasAddress(const Endpoint& endpoint);

/// The same without the names.
GIMLET_API std::vector<Endpoint> hostAddresses();

}
