#include "plugins/transport/udp-plain/UdpPort.h"

#include <utility>

#include "node/protocol/chat/Datagram.h"

namespace gimlet::udp_plain
{

namespace
{

/// Datagrams taken in one turn of the loop: a flood delays everything else by no more than this.
constexpr std::size_t BATCH = 32;

}

UdpPort::UdpPort(EventLoop& loop, const ListenAddress& address, Receiver receiver, Drained drained) :
	_socket(address),
	_batch(BATCH, chat::MAX_ACCEPTED + 1), // what is longer than allowed must not look as if it were not
	_receiver(std::move(receiver)),
	_drained(std::move(drained))
{
	_watch = loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned) { receive(); });
}

void UdpPort::receive()
{
	_socket.receive(_batch);
	for (std::size_t i = 0; i < _batch.size(); ++i)
	{
		const auto datagram = _batch[i];
		_receiver(datagram.bytes, {.port = this, .local = datagram.local, .remote = datagram.remote});
	}
	_drained();
}

}
