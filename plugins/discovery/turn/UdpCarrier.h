#pragma once

#include <memory>

#include "node/api/EventLoop.h"
#include "node/api/UdpSocket.h"
#include "plugins/discovery/turn/Carrier.h"
#include "plugins/discovery/turn/Metrics.h"

namespace gimlet::turn
{

/// TURN over UDP: a socket of its own for each allocation, for that is what a server knows it by (RFC 8656,
/// section 3.2: the 5-tuple). What is sent joins a batch that leaves at the end of the loop's round.
///
/// Datagrams are never fragmented, so that those who search a path's MTU through it find the true one.
class UdpCarrier final : public Carrier
{
public:
	/// Opens the socket. @throws std::system_error as UdpSocket.
	UdpCarrier(EventLoop& loop, const Endpoint& server, Metrics& metrics, User& user);

	std::span<std::uint8_t> space() override;
	void commit(std::size_t size) override;
	void flush() override;

private:
	void ready(unsigned events);
	void receive();
	void flushLater();

	EventLoop& _loop;
	const Endpoint _server;
	Metrics& _metrics;
	User& _user;
	UdpSocket _socket;
	UdpReceiveBatch _in;
	UdpSendBatch _out;
	bool _receiving = false;
	bool _blocked = false; ///< the kernel's buffer was full: WRITABLE follows
	bool _flushPosted = false;
	/// Expires with the carrier: for what was posted.
	std::shared_ptr<const bool> _alive = std::make_shared<const bool>(true);
	Watch _watch;
};

}
