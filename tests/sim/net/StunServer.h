#pragma once

#include <memory>
#include <vector>

#include "tests/sim/net/Host.h"

namespace gimlet::sim
{

/// A STUN server (RFC 8489) on all IPv4 and IPv6 addresses of a host, by the responder that the service
/// plugin uses.
class StunServer
{
public:
	explicit StunServer(Host& host, std::uint16_t port = 3478);

	std::uint64_t answered() const
	{
		return _answered;
	}

private:
	std::vector<std::unique_ptr<SimPort>> _ports;
	std::uint64_t _answered = 0;
};

}
