#include "tests/sim/stack/SimRelay.h"

#include <array>
#include <utility>

namespace gimlet::sim
{

RelayPort::RelayPort(SimRelay& relay, const Endpoint& address, Receiver receiver) :
	_relay(relay), _address(address), _receiver(std::move(receiver))
{
	_relay._ports[_address] = this;
}

RelayPort::~RelayPort()
{
	_relay._ports.erase(_address);
}

bool RelayPort::send(ByteView datagram, const Endpoint& remote)
{
	return _relay.forward(*this, datagram, remote);
}

std::unique_ptr<RelayPort> SimRelay::open(RelayPort::Receiver receiver)
{
	// RFC 6666, and the port that discards (RFC 863).
	std::array<std::uint8_t, 16> address{0x01, 0x00};
	address[15] = ++_last;
	return std::make_unique<RelayPort>(*this, Endpoint::fromBytes(address, 9), std::move(receiver));
}

void SimRelay::setReachable(bool reachable)
{
	if (std::exchange(_reachable, reachable) != reachable)
		++_life;
}

void SimRelay::setConnected(RelayPort& port, bool connected)
{
	port._connected = connected;
}

bool SimRelay::forward(const RelayPort& from, ByteView datagram, const Endpoint& remote)
{
	if (!_reachable || !from._connected)
		return false;
	_agenda.at(_agenda.now() + 2 * _toServer,
		[this, source = from._address, remote, life = _life, copy = Buffer(datagram.begin(), datagram.end())]
		{
			const auto to = _ports.find(remote);
			if (life != _life || to == _ports.end() || !to->second->_connected)
				return;
			++_carried;
			auto& port = *to->second;
			port._receiver(copy, {&port, port._address, source});
		});
	return true;
}

}
