#include "plugins/transport/udp-punch/PunchPort.h"

#include <utility>

namespace gimlet::udp_punch
{

namespace
{

/// Datagrams taken in one turn of the loop: a flood delays everything else by no more than this.
constexpr std::size_t BATCH = 32;

constexpr std::size_t LARGEST = 65'507;

}

PunchPort::PunchPort(EventLoop& loop, const ListenAddress& address, Receiver receiver) :
	_socket(address), _batch(BATCH, LARGEST), _receiver(std::move(receiver))
{
	_watch = loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned) { receive(); });
}

bool PunchPort::sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote)
{
	return _socket.send(datagram, remote, local.isUnspecified() ? Endpoint{} : local) == 0;
}

void PunchPort::flush() {}

void PunchPort::receive()
{
	_socket.receive(_batch);
	for (std::size_t i = 0; i < _batch.size(); ++i)
	{
		const auto datagram = _batch[i];
		_receiver(datagram.bytes, {.port = this, .local = datagram.local, .remote = datagram.remote});
	}
}

}
