#include "plugins/signaling/lan/LanPort.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "plugins/signaling/lan/Limits.h"

namespace gimlet::lan
{

namespace
{

constexpr std::size_t BATCH = 16;

/// Of any node on this machine, whoever runs it.
constexpr UdpSocket::Options SHARED{.reuseAddress = true};

template <typename Value>
void setOption(int descriptor, int level, int name, const Value& value)
{
	if (setsockopt(descriptor, level, name, &value, sizeof value) != 0)
		throw std::system_error(errno, std::generic_category(), "cannot set up multicast");
}

ListenAddress at(const Endpoint& endpoint)
{
	return {.endpoint = endpoint, .port = endpoint.port()};
}

/// A link-local group is one of an interface.
Endpoint within(const Endpoint& group, unsigned index)
{
	return group.isV6() ? Endpoint::fromBytes(group.address(), group.port(), index) : group;
}

}

LanPort::LanPort(EventLoop& loop, const InterfaceAddress& address, const Endpoint& group, Receiver receiver) :
	_address(address),
	_group(within(group, address.index)),
	_receiver(std::move(receiver)),
	_listening(at(_group), SHARED),
	_own(at(address.segment.address)),
	_in(BATCH, LARGEST_DATAGRAM)
{
	join();
	hop();
	_listeningWatch =
		loop.watch(_listening.descriptor(), EventLoop::READABLE, [this](unsigned) { ready(_listening); });
	_ownWatch = loop.watch(_own.descriptor(), EventLoop::READABLE, [this](unsigned) { ready(_own); });
}

/// Only what comes by this interface is wanted, not what other sockets of this machine have joined.
void LanPort::join()
{
	const int descriptor = _listening.descriptor();
	if (_group.isV6())
	{
		setOption(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
		ipv6_mreq request{};
		std::memcpy(&request.ipv6mr_multiaddr, _group.address().data(), sizeof request.ipv6mr_multiaddr);
		request.ipv6mr_interface = _address.index;
		setOption(descriptor, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
		return;
	}
	setOption(descriptor, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	ip_mreqn request{};
	std::memcpy(&request.imr_multiaddr, _group.address().data(), sizeof request.imr_multiaddr);
	request.imr_ifindex = static_cast<int>(_address.index);
	setOption(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, request);
}

/// One hop to live, by this interface, and heard by other nodes of this machine too.
void LanPort::hop()
{
	const int descriptor = _own.descriptor();
	if (_group.isV6())
	{
		setOption(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(_address.index));
		setOption(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
		setOption(descriptor, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1);
		setOption(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
		return;
	}
	ip_mreqn by{};
	by.imr_ifindex = static_cast<int>(_address.index);
	setOption(descriptor, IPPROTO_IP, IP_MULTICAST_IF, by);
	setOption(descriptor, IPPROTO_IP, IP_MULTICAST_TTL, 1);
	setOption(descriptor, IPPROTO_IP, IP_TTL, 1);
	setOption(descriptor, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
}

int LanPort::send(ByteView datagram, const std::optional<Endpoint>& to)
{
	return _own.send(datagram, to.value_or(_group));
}

void LanPort::ready(UdpSocket& socket)
{
	socket.receive(_in);
	for (const auto& datagram : _in)
		if (!datagram.truncated)
			_receiver(datagram.remote, datagram.bytes);
}

}
