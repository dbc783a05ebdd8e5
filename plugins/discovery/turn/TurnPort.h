#pragma once

#include "node/api/Port.h"
#include "plugins/discovery/turn/Client.h"

namespace gimlet::turn
{

/// A relayed address as a port: what is sent from it leaves the server there. Loop thread only.
///
/// The first datagrams for a new address wait until the server lets it through, a round trip; beyond a few
/// they are dropped, and send() is false.
class TurnPort final : public Port
{
public:
	/// @param client Must outlive the port.
	TurnPort(Client& client, const Endpoint& relayed) : _client(client), _relayed(relayed) {}

	PortKind kind() const override
	{
		return PortKind::Turn;
	}

	/// The relayed address.
	Endpoint localEndpoint() const override
	{
		return _relayed;
	}

	bool supports(int family) const override
	{
		return family == _relayed.family();
	}

	bool reaches(const Endpoint& remote) const override
	{
		return supports(remote.family()) && _client.reaches(remote);
	}

	bool send(ByteView datagram, const Endpoint& remote) override
	{
		return supports(remote.family()) && _client.send(datagram, remote);
	}

private:
	Client& _client;
	const Endpoint _relayed;
};

}
