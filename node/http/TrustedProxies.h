#pragma once

#include <string_view>
#include <vector>

#include "node/api/Endpoint.h"

namespace gimlet::http
{

/// The addresses and networks whose X-Forwarded-For is believed.
class TrustedProxies
{
public:
	/// Adds "192.0.2.1", "10.0.0.0/8" or "2001:db8::/32". @return False if it is none of these.
	bool add(std::string_view text);

	bool contains(const Endpoint& address) const;

	/// Who is calling: the right-most entry of X-Forwarded-For if the connection comes from a trusted proxy,
	/// otherwise, and where that entry is no address, the connection's other end. Only the right-most one
	/// was written by the proxy itself; whatever stands left of it the caller may have invented.
	Endpoint caller(const Endpoint& peer, std::string_view forwardedFor) const;

private:
	struct Network
	{
		Endpoint address;
		unsigned bits;
	};

	std::vector<Network> _networks;
};

}
