#include "plugins/transport/udp-punch/PunchPort.h"

#include <utility>

namespace gimlet::udp_punch
{

namespace
{

/// Spaces for one receive call: a flood delays everything else by no more than so many datagrams, or so many
/// times 64 KiB where they come joined.
constexpr std::size_t RECEIVED = 16;

/// The largest payload of UDP over IPv4 (RFC 768, RFC 791).
constexpr std::size_t LARGEST = 65'507;

/// A batch leaves when it is so large: the most that one GSO send takes, and still in the processor's cache.
constexpr std::size_t ENOUGH = 64;
constexpr std::size_t ENOUGH_BYTES = 64'000;

/// What may wait for the kernel: a few milliseconds of a fast link, which is what a queue is good for.
constexpr std::size_t WAITING = 512;
constexpr std::size_t WAITING_BYTES = 1 << 20;

/// Of the kernel's buffers: what comes in 10 ms at 2 Gbit/s, as far as the system allows.
constexpr int SOCKET_BUFFER = 4 << 20;

/// The same for one of many.
constexpr std::size_t FEW_RECEIVED = 4;
constexpr std::size_t FEW_WAITING = 64;
constexpr std::size_t FEW_WAITING_BYTES = 128 << 10;

constexpr UdpSocket::Options SMALL{.gro = true, .gso = true, .dontFragment = true};

constexpr UdpSocket::Options OPTIONS{.receiveBuffer = SOCKET_BUFFER,
	.sendBuffer = SOCKET_BUFFER,
	.gro = true,
	.gso = true,
	.dontFragment = true};

}

PunchPort::PunchPort(EventLoop& loop, const ListenAddress& address, Receiver receiver, Size size) :
	_loop(loop),
	_socket(address, size == Size::Full ? OPTIONS : SMALL),
	_in(size == Size::Full ? RECEIVED : FEW_RECEIVED, UdpReceiveBatch::LARGEST_JOINED),
	_out(size == Size::Full ? WAITING : FEW_WAITING, LARGEST,
		size == Size::Full ? WAITING_BYTES : FEW_WAITING_BYTES),
	_receiver(std::move(receiver)),
	_self(std::make_shared<PunchPort*>(this))
{
	_watch =
		loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned events) { ready(events); });
}

bool PunchPort::sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote)
{
	if (!_socket.supports(remote.family()))
		return false;
	if (!_out.add(datagram, remote, local))
	{
		++_counters.dropped;
		return false;
	}
	if (_out.size() >= ENOUGH || _out.bytes() >= ENOUGH_BYTES)
		flush();
	else if (!_receiving)
		flushLater();
	return true;
}

bool PunchPort::sendHops(ByteView datagram, const Endpoint& remote, unsigned hops)
{
	if (_socket.send(datagram, remote, {}, hops) != 0)
	{
		++_counters.dropped;
		return false;
	}
	++_counters.sent;
	_counters.sentBytes += datagram.size();
	return true;
}

void PunchPort::flush()
{
	if (_blocked || _out.empty())
		return;
	const auto report = _socket.send(_out, UdpSocket::WhenFull::Keep);
	_counters.sent += report.sent;
	_counters.sentBytes += report.bytes;
	_counters.dropped += report.dropped;
	_counters.tooLarge += report.tooLarge;
	_counters.unreachable += report.unreachable;
	_counters.refused += report.failed - report.tooLarge - report.unreachable;
	if (report.kept == 0)
		return;
	++_counters.waited;
	_blocked = true;
	_watch.update(EventLoop::READABLE | EventLoop::WRITABLE);
}

void PunchPort::flushLater()
{
	if (_flushPosted || _blocked)
		return;
	_flushPosted = true;
	_loop.post(
		[self = std::weak_ptr{_self}]
		{
			const auto port = self.lock();
			if (!port)
				return;
			(*port)->_flushPosted = false;
			(*port)->flush();
		});
}

void PunchPort::ready(unsigned events)
{
	if (_blocked && (events & (EventLoop::WRITABLE | EventLoop::HANGUP)) != 0)
	{
		_blocked = false;
		_watch.update(EventLoop::READABLE);
		flush();
	}
	if ((events & EventLoop::READABLE) != 0)
		receive();
}

/// While datagrams are handed out: what their receivers send leaves together afterwards, also when one
/// throws.
class PunchPort::Receiving
{
public:
	explicit Receiving(PunchPort& port) : _port(port)
	{
		_port._receiving = true;
	}
	Receiving(const Receiving&) = delete;
	Receiving& operator=(const Receiving&) = delete;
	~Receiving()
	{
		_port._receiving = false;
		_port.flush();
	}

private:
	PunchPort& _port;
};

void PunchPort::receive()
{
	_socket.receive(_in);
	const Receiving receiving{*this};
	for (const auto& datagram : _in)
	{
		++_counters.received;
		_counters.receivedBytes += datagram.bytes.size();
		_receiver(datagram.bytes, {.port = this, .local = datagram.local, .remote = datagram.remote});
	}
}

}
