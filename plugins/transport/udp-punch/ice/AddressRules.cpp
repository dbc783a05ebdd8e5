#include "plugins/transport/udp-punch/ice/AddressRules.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace gimlet::udp_punch::ice
{

namespace
{

bool beginsWith(ByteView address, std::initializer_list<std::uint8_t> prefix)
{
	return std::equal(prefix.begin(), prefix.end(), address.begin());
}

/// The IPv4 address that an IPv6 one stands for; invalid if it stands for none.
Endpoint embedded(const Endpoint& endpoint)
{
	const auto address = endpoint.address();
	if (!endpoint.isV6())
		return {};
	const bool compatible = beginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) &&
							!endpoint.isLoopback() && !endpoint.isUnspecified(); // RFC 4291, section 2.5.5.1
	const bool translated =
		beginsWith(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}); // RFC 6052, section 2.1
	if (compatible || translated)
		return Endpoint::fromBytes(address.subspan(12, 4), endpoint.port());
	if (beginsWith(address, {0x20, 0x02})) // RFC 3056, section 2
		return Endpoint::fromBytes(address.subspan(2, 4), endpoint.port());
	return {};
}

/// 0/8 ("this network") and 240/4 (reserved, broadcast): RFC 6890, section 2.2.2.
bool isReserved(const Endpoint& endpoint)
{
	return endpoint.isV4() && (endpoint.address()[0] == 0 || endpoint.address()[0] >= 240);
}

/// Where clouds keep credentials and instructions for their machines, beside 169.254.169.254: Amazon's and
/// Google's by IPv6, Alibaba's, Oracle's and Azure's.
bool isMetadata(const Endpoint& endpoint)
{
	static const std::array ADDRESSES{*Endpoint::parseAddress("fd00:ec2::254", 0),
		*Endpoint::parseAddress("fd20:ce::254", 0), *Endpoint::parseAddress("100.100.100.200", 0),
		*Endpoint::parseAddress("192.0.0.192", 0), *Endpoint::parseAddress("168.63.129.16", 0)};
	return std::ranges::any_of(ADDRESSES, [&](const Endpoint& one) { return one.sameAddress(endpoint); });
}

}

bool mayTarget(const Endpoint& endpoint, bool allowLoopback)
{
	if (const auto inner = embedded(endpoint); inner.valid())
		return !inner.isLoopback() && mayTarget(inner, false);
	return endpoint.isUnicast() && endpoint.port() != 0 && !endpoint.isLinkLocal() && !isReserved(endpoint) &&
		   !isMetadata(endpoint) && (allowLoopback || !endpoint.isLoopback());
}

}
