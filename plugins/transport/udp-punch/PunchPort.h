#pragma once

#include <functional>

#include "node/api/EventLoop.h"
#include "node/api/Port.h"
#include "node/api/UdpSocket.h"

namespace gimlet::udp_punch
{

/// One UDP socket on the loop, as a port. Loop thread only.
class PunchPort final : public Port
{
public:
	/// A datagram has come.
	using Receiver = std::function<void(ByteView datagram, const Path& path)>;

	/// Opens the socket. @throws std::system_error as UdpSocket.
	PunchPort(EventLoop& loop, const ListenAddress& address, Receiver receiver);

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
		return sendFrom({}, datagram, remote);
	}

	bool sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote) override;

	/// Sends what waits for its batch.
	void flush();

private:
	void receive();

	UdpSocket _socket;
	UdpReceiveBatch _batch;
	Receiver _receiver;
	Watch _watch;
};

}
