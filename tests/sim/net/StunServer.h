#pragma once

#include <map>
#include <memory>
#include <optional>

#include "plugins/service/stun-server/Responder.h"
#include "tests/sim/net/Host.h"

namespace gimlet::sim
{

/// A STUN server (RFC 8489) on all IPv4 and IPv6 addresses of a host, by the responder that the service
/// plugin uses. With a second port it serves RFC 5780 by the first two addresses of each family: it tells the
/// other one, and answers from there when asked to.
class StunServer
{
public:
	/// @param otherPort 0 for none.
	explicit StunServer(Host& host, std::uint16_t port = 3478, std::uint16_t otherPort = 0);

	std::uint64_t answered() const
	{
		return _answered;
	}

private:
	void open(Host& host, const Endpoint& here, const std::optional<stun_server::Corner>& corner = {});

	std::map<Endpoint, std::unique_ptr<SimPort>> _ports;
	std::uint64_t _answered = 0;
};

}
