#pragma once

#include <Poco/Logger.h>

#include <functional>

#include "node/api/EventLoop.h"
#include "node/api/UdpSocket.h"
#include "plugins/discovery/port-mapping/Gateway.h"

namespace gimlet::port_mapping
{

/// How a router is talked with by PCP: a socket for requests and their answers, and one for what the router
/// tells everybody on the network (RFC 6887, section 14.1.2; RFC 6886, section 3.2.1). What does not come
/// from the router's own port is not heard. Loop thread only.
class RouterSocket
{
public:
	/// @param announced Whether everybody was told; if not, it is an answer.
	using Receiver = std::function<void(ByteView datagram, bool announced)>;

	RouterSocket(EventLoop& loop, Poco::Logger& logger, Receiver receiver);

	/// Opens both, after closing what was open. Where one cannot be had the other serves alone, and the log
	/// says what that means.
	void open(const Gateway& gateway);
	/// Legal at any time.
	void close();

	bool canAsk() const
	{
		return _requests.isOpen();
	}
	bool hearsAnnouncements() const
	{
		return _announcements.isOpen();
	}

	/// Nothing where it cannot ask.
	void send(ByteView datagram);

private:
	void giveUp(UdpSocket& socket, const char* meaning);
	void received(UdpSocket& socket, bool announced);

	EventLoop& _loop;
	Poco::Logger& _logger;
	Receiver _receiver;
	Endpoint _server;
	UdpReceiveBatch _in;
	UdpSocket _requests;
	UdpSocket _announcements;
	Watch _requestWatch;
	Watch _announcementWatch;
};

}
