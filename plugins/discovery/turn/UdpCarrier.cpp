#include "plugins/discovery/turn/UdpCarrier.h"

#include <utility>

namespace gimlet::turn
{

namespace
{

/// Spaces for one receive call, and what may wait for one sendmmsg or for the kernel: as in a transport's
/// port, of which there is one, and fewer, since there may be several of these.
constexpr std::size_t RECEIVED = 16;
constexpr std::size_t WAITING = 256;
constexpr std::size_t WAITING_BYTES = 1 << 19;

/// The largest payload of UDP over IPv4 (RFC 768, RFC 791).
constexpr std::size_t LARGEST = 65'507;

/// A batch leaves when it is so large: the most that one GSO send takes.
constexpr std::size_t ENOUGH = 64;
constexpr std::size_t ENOUGH_BYTES = 64'000;

/// Of the kernel's buffers, as far as the system allows.
constexpr int SOCKET_BUFFER = 1 << 20;

constexpr UdpSocket::Options OPTIONS{.receiveBuffer = SOCKET_BUFFER,
	.sendBuffer = SOCKET_BUFFER,
	.gro = true,
	.gso = true,
	.dontFragment = true};

ListenAddress anyOf(int family)
{
	return {Endpoint::any(family, 0), 0};
}

}

UdpCarrier::UdpCarrier(EventLoop& loop, const Endpoint& server, Metrics& metrics, User& user) :
	_loop(loop),
	_server(server),
	_metrics(metrics),
	_user(user),
	_socket(anyOf(server.family()), OPTIONS),
	_in(RECEIVED, UdpReceiveBatch::LARGEST_JOINED),
	_out(WAITING, LARGEST, WAITING_BYTES)
{
	_watch =
		loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned events) { ready(events); });
	loop.post(
		[this, alive = std::weak_ptr{_alive}]
		{
			if (!alive.expired())
				_user.carrierOpen(_server);
		});
}

std::span<std::uint8_t> UdpCarrier::space()
{
	return _out.space();
}

void UdpCarrier::commit(std::size_t size)
{
	_out.commit(size, _server);
	if (_out.size() >= ENOUGH || _out.bytes() >= ENOUGH_BYTES)
		flush();
	else if (!_receiving)
		flushLater();
}

void UdpCarrier::flush()
{
	if (_blocked || _out.empty())
		return;
	const auto report = _socket.send(_out, UdpSocket::WhenFull::Keep);
	for (auto lost = report.dropped + report.failed; lost > 0; --lost)
		_metrics.unsent();
	if (report.kept == 0)
		return;
	_blocked = true;
	_watch.update(EventLoop::READABLE | EventLoop::WRITABLE);
}

void UdpCarrier::flushLater()
{
	if (std::exchange(_flushPosted, true))
		return;
	_loop.post(
		[this, alive = std::weak_ptr{_alive}]
		{
			if (alive.expired())
				return;
			_flushPosted = false;
			flush();
		});
}

void UdpCarrier::ready(unsigned events)
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

void UdpCarrier::receive()
{
	/// What its receivers send leaves together afterwards, also when one throws.
	struct Receiving
	{
		explicit Receiving(UdpCarrier& of) : carrier(of)
		{
			carrier._receiving = true;
		}
		Receiving(const Receiving&) = delete;
		Receiving& operator=(const Receiving&) = delete;
		~Receiving()
		{
			carrier._receiving = false;
			carrier.flush();
		}
		UdpCarrier& carrier;
	};

	_socket.receive(_in);
	const Receiving receiving{*this};
	for (const auto& datagram : _in)
		_user.carrierReceived(datagram.bytes, datagram.remote);
	_user.carrierIdle();
}

}
