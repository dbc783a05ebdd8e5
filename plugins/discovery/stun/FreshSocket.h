#pragma once

#include <functional>

#include "node/api/EventLoop.h"
#include "node/api/UdpBatch.h"
#include "node/api/UdpSocket.h"
#include "plugins/discovery/stun/FreshLook.h"

namespace gimlet::stun_discovery
{

/// The socket of a FreshLook, on a loop.
class FreshSocket
{
public:
	/// @param mapped Called once at most, with the look and what it has seen; it may destroy this.
	using Mapped = std::function<void(const FreshLook&, const Endpoint&)>;

	/// A question has left, or the network did not take it.
	using Asked = std::function<void(bool sent)>;

	/// Asks at once. @param local The address to ask from; its port is left to the system.
	/// @throws std::system_error, Poco::SystemException if no socket can be had or watched.
	FreshSocket(EventLoop& loop, const Endpoint& local, FreshLook look, Asked asked, Mapped mapped);

	bool isOver() const
	{
		return _look.isOver();
	}

private:
	void serve();
	void receive();
	void close();

	EventLoop& _loop;
	FreshLook _look;
	Asked _asked;
	Mapped _mapped;
	UdpSocket _socket;
	UdpReceiveBatch _in;
	Watch _watch;
	Timer _timer;
};

}
