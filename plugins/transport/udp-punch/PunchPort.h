#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "node/api/EventLoop.h"
#include "node/api/Port.h"
#include "node/api/UdpSocket.h"

namespace gimlet::udp_punch
{

/// One UDP socket on the loop, as a port. Loop thread only.
///
/// What is sent joins a batch, which leaves when it is large enough for one GSO send, when what has come has
/// been handed out, when the owner says flush(), and at the end of the loop's round otherwise. A batch that
/// the kernel does not take waits for it, bounded; beyond that datagrams are dropped and counted.
///
/// Datagrams are never fragmented: see UdpSocket::Options::dontFragment.
class PunchPort final : public Port
{
public:
	/// A datagram has come. Must not destroy the port.
	using Receiver = std::function<void(ByteView datagram, const Path& path)>;

	struct Counters
	{
		std::uint64_t sent = 0; ///< datagrams
		std::uint64_t sentBytes = 0;
		std::uint64_t received = 0; ///< datagrams
		std::uint64_t receivedBytes = 0;
		std::uint64_t waited = 0; ///< times that the kernel's buffer was full and the rest waited for it
		/// Not sent: too many waited already, or a queue of the kernel was full.
		std::uint64_t dropped = 0;
		std::uint64_t tooLarge = 0;    ///< EMSGSIZE: larger than the interface takes
		std::uint64_t unreachable = 0; ///< ENETUNREACH, EHOSTUNREACH
		std::uint64_t refused = 0;     ///< by any other error: a filter, no such source address
	};

	enum class Size
	{
		Full,
		/// One of hundreds: the kernel's usual buffers, and batches that weigh some kilobytes.
		Small,
	};

	/// Opens the socket. @throws std::system_error as UdpSocket.
	PunchPort(EventLoop& loop, const ListenAddress& address, Receiver receiver, Size size = Size::Full);
	PunchPort(const PunchPort&) = delete;
	PunchPort& operator=(const PunchPort&) = delete;

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

	/// False when the family is not supported, the datagram longer than UDP allows, or too many wait.
	bool sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote) override;

	/// At once, not with the batch.
	bool sendHops(ByteView datagram, const Endpoint& remote, unsigned hops) override;

	/// Sends what waits for its batch; no-op while the kernel's buffer is full.
	void flush();

	/// For tests and statistics; the port keeps owning it.
	int descriptor() const
	{
		return _socket.descriptor();
	}

	const Counters& counters() const
	{
		return _counters;
	}

	/// Datagrams that wait for the kernel.
	std::size_t waiting() const
	{
		return _blocked ? _out.size() : 0;
	}

private:
	class Receiving;

	void ready(unsigned events);
	void receive();
	void flushLater();

	EventLoop& _loop;
	UdpSocket _socket;
	UdpReceiveBatch _in;
	UdpSendBatch _out;
	Receiver _receiver;
	Counters _counters;
	bool _receiving = false;
	bool _blocked = false; ///< the kernel's buffer was full: WRITABLE follows
	/// Its holder is asked to flush at the end of the round; a port that is gone is not.
	std::shared_ptr<PunchPort*> _self;
	bool _flushPosted = false;
	Watch _watch;
};

}
