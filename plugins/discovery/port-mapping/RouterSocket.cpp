#include "plugins/discovery/port-mapping/RouterSocket.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "plugins/discovery/port-mapping/Pcp.h"

namespace gimlet::port_mapping
{

RouterSocket::RouterSocket(EventLoop& loop, Poco::Logger& logger, Receiver receiver) :
	_loop(loop), _logger(logger), _receiver(std::move(receiver)), _in(8, pcp::LARGEST)
{
}

void RouterSocket::open(const Gateway& gateway)
{
	close();
	_server = gateway.router.withPort(pcp::SERVER_PORT);
	try
	{
		_requests = UdpSocket{{.endpoint = gateway.client, .port = 0}};
		_requestWatch = _loop.watch(
			_requests.descriptor(), EventLoop::READABLE, [this](unsigned) { received(_requests, false); });
	}
	catch (const std::exception&)
	{
		giveUp(_requests, "no socket to ask the router by PCP, so it is asked by the other protocols only");
	}
	try
	{
		// All hosts are in that group; others on this machine may listen too.
		const auto group = *Endpoint::parse("224.0.0.1:5350");
		_announcements = UdpSocket{
			{.endpoint = group, .port = pcp::CLIENT_PORT}, UdpSocket::Options{.reuseAddress = true}};
		_announcementWatch = _loop.watch(_announcements.descriptor(), EventLoop::READABLE,
			[this](unsigned) { received(_announcements, true); });
	}
	catch (const std::exception&)
	{
		giveUp(_announcements,
			"the router's announcements cannot be heard, so a mapping that it loses by a restart comes back "
			"with the next renewal only");
	}
}

/// A socket that nobody watches is none. Where an exception is caught.
void RouterSocket::giveUp(UdpSocket& socket, const char* meaning)
{
	socket.close();
	logWarning(_logger, fmt::format("{}: {}", meaning, currentExceptionText()));
}

void RouterSocket::close()
{
	_requestWatch.cancel();
	_announcementWatch.cancel();
	_requests.close();
	_announcements.close();
}

void RouterSocket::send(ByteView datagram)
{
	if (_requests.isOpen())
		_requests.send(datagram, _server);
}

void RouterSocket::received(UdpSocket& socket, bool announced)
{
	socket.receive(_in);
	for (const auto& datagram : _in)
		if (datagram.remote == _server)
			_receiver(datagram.bytes, announced);
}

}
