#pragma once

#include <functional>

#include "node/api/EventLoop.h"
#include "node/api/Port.h"
#include "node/api/UdpSocket.h"

namespace gimlet::udp_plain
{

/// The transport's one UDP socket, on the loop, as the port that discovery borrows. Loop thread only.
class UdpPort final : public Port
{
public:
	/// A datagram has come.
	using Receiver = std::function<void(ByteView datagram, const Path& path)>;

	/// All that had come has been reported.
	using Drained = std::function<void()>;

	/// Opens the socket. @throws std::system_error as UdpSocket.
	UdpPort(EventLoop& loop, const ListenAddress& address, Receiver receiver, Drained drained);

	PortKind kind() const override
	{
		return PortKind::Udp;
	}

	Endpoint localEndpoint() const override
	{
		return _socket.local();
	}

	bool supports(int family) const override
	{
		return _socket.supports(family);
	}

	bool send(ByteView datagram, const Endpoint& remote) override
	{
		return _socket.send(datagram, remote) == 0;
	}

private:
	void receive();

	UdpSocket _socket;
	UdpReceiveBatch _batch;
	Receiver _receiver;
	Drained _drained;
	Watch _watch;
};

}
