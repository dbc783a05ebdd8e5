#include "plugins/discovery/stun/FreshSocket.h"

#include <utility>

namespace gimlet::stun_discovery
{

namespace
{

/// Answers have less than a hundred bytes.
constexpr std::size_t RECEIVED = 4;
constexpr std::size_t LARGEST = 1'500;

}

FreshSocket::FreshSocket(EventLoop& loop, const Endpoint& local, FreshLook look, Asked asked, Mapped mapped) :
	_loop(loop),
	_look(std::move(look)),
	_asked(std::move(asked)),
	_mapped(std::move(mapped)),
	_socket({local.withPort(0), 0}),
	_in(RECEIVED, LARGEST),
	_watch(loop.watch(_socket.descriptor(), EventLoop::READABLE, [this](unsigned) { receive(); }))
{
	serve();
}

void FreshSocket::serve()
{
	while (const auto bytes = _look.pollTransmit())
		_asked(_socket.send(*bytes, _look.server()) == 0);
	if (_look.isOver())
		return close();
	_timer = _loop.at(_look.nextDeadline(),
		[this]
		{
			_look.onTimer(_loop.now());
			serve();
		});
}

void FreshSocket::receive()
{
	_socket.receive(_in);
	for (const auto& datagram : _in)
		if (const auto mapped = _look.onDatagram(datagram.bytes, datagram.remote, _loop.now()))
		{
			close();
			const auto tell = std::move(_mapped); // it must outlive its call
			return tell(_look, *mapped);
		}
	serve();
}

void FreshSocket::close()
{
	_timer.cancel();
	_watch.cancel();
	_socket.close();
}

}
