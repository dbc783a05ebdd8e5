#pragma once

#include "node/api/Port.h"
#include "node/api/UdpSocket.h"

namespace gimlet::test
{

/// A transport's port in its simplest form.
class SocketPort final : public Port
{
public:
	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return socket.local();
	}
	bool supports(int family) const override
	{
		return socket.supports(family);
	}
	bool send(ByteView datagram, const Endpoint& remote) override
	{
		return socket.send(datagram, remote) == 0;
	}

	UdpSocket socket{ListenAddress{}};
};

}
