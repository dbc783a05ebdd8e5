#pragma once

#include <functional>

#include "node/api/Port.h"
#include "node/protocol/relay/Address.h"

namespace gimlet::rendezvous_client
{

/// This node's place at the relay, as a port: it reaches the other members of the room by their relay
/// addresses.
class RelayPort final : public Port
{
public:
	using Send = std::function<bool(relay::Key to, ByteView datagram)>;

	/// @param own This node's relay address.
	RelayPort(const Endpoint& own, Send send) : _own(own), _send(std::move(send)) {}

	PortKind kind() const override
	{
		return PortKind::Relay;
	}

	Endpoint localEndpoint() const override
	{
		return _own;
	}

	bool supports(int family) const override
	{
		return family == AF_INET6;
	}

	bool reaches(const Endpoint& remote) const override
	{
		return remote != _own && relay::keyOf(remote);
	}

	bool send(ByteView datagram, const Endpoint& remote) override
	{
		return reaches(remote) && _send(*relay::keyOf(remote), datagram);
	}

private:
	const Endpoint _own;
	const Send _send;
};

}
