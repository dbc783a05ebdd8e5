#pragma once

#include <functional>
#include <optional>
#include <string>

#include "node/api/EventLoop.h"
#include "node/api/UdpSocket.h"
#include "plugins/signaling/lan/Interfaces.h"

namespace gimlet::lan
{

/// The sockets on one address of this machine: one that hears the group on this interface alone, and one of
/// this process' own, with a port that nobody else has, from which everything is sent. Datagrams leave with
/// one hop to live. Loop thread only.
class LanPort
{
public:
	/// A datagram has come. Must not destroy the port.
	using Receiver = std::function<void(const Endpoint& remote, ByteView datagram)>;

	/// @throws std::system_error with a sentence and the errno.
	LanPort(EventLoop& loop, const InterfaceAddress& address, const Endpoint& group, Receiver receiver);
	LanPort(const LanPort&) = delete;
	LanPort& operator=(const LanPort&) = delete;

	/// @param to Empty for the group. @return 0, or the errno that says why not.
	int send(ByteView datagram, const std::optional<Endpoint>& to);

	const InterfaceAddress& address() const
	{
		return _address;
	}

private:
	void join();
	void hop();
	void ready(UdpSocket& socket);

	InterfaceAddress _address;
	Endpoint _group;
	Receiver _receiver;
	UdpSocket _listening;
	UdpSocket _own;
	UdpReceiveBatch _in;
	Watch _listeningWatch;
	Watch _ownWatch;
};

}
