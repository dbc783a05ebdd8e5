#include "node/api/UdpBatch.h"

#include <algorithm>
#include <cstring>

#include "node/api/UdpSlot.h"

namespace gimlet
{

namespace
{

/// The address a datagram was sent to, from its control messages; the socket's own if the kernel told none.
Endpoint localAddress(const msghdr& header, const Endpoint& socket)
{
	const auto port = socket.port();
	auto& message = const_cast<msghdr&>(header); // CMSG_NXTHDR's signature; nothing is written
	for (auto* control = CMSG_FIRSTHDR(&message); control; control = CMSG_NXTHDR(&message, control))
	{
		if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
		{
			// ipi_spec_dst is ours even when the datagram was broadcast, and so can be answered from.
			in_pktinfo info{};
			std::memcpy(&info, CMSG_DATA(control), sizeof info);
			return Endpoint::fromBytes({reinterpret_cast<const std::uint8_t*>(&info.ipi_spec_dst), 4}, port);
		}
		if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
		{
			in6_pktinfo info{};
			std::memcpy(&info, CMSG_DATA(control), sizeof info);
			return Endpoint::fromBytes({info.ipi6_addr.s6_addr, 16}, port, info.ipi6_ifindex);
		}
	}
	return socket;
}

}

UdpReceiveBatch::UdpReceiveBatch(std::size_t capacity, std::size_t largest) :
	_slots(capacity),
	_headers(capacity),
	_bytes(new std::uint8_t[capacity * largest]),
	_largest(largest),
	_dirty(capacity)
{
	for (std::size_t i = 0; i < capacity; ++i)
	{
		auto& slot = _slots[i];
		auto& header = _headers[i].msg_hdr;
		slot.vector = {_bytes.get() + i * largest, largest};
		header.msg_name = &slot.name;
		header.msg_iov = &slot.vector;
		header.msg_iovlen = 1;
		header.msg_control = slot.control.bytes;
	}
}

UdpReceiveBatch::~UdpReceiveBatch() = default;

UdpDatagram UdpReceiveBatch::operator[](std::size_t index) const
{
	const auto& header = _headers[index];
	const auto& slot = _slots[index];
	return {.bytes = {static_cast<const std::uint8_t*>(slot.vector.iov_base),
				std::min<std::size_t>(header.msg_len, _largest)},
		.remote = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&slot.name)),
		.local = localAddress(header.msg_hdr, _local),
		.truncated = (header.msg_hdr.msg_flags & MSG_TRUNC) != 0};
}

UdpSendBatch::UdpSendBatch(std::size_t capacity, std::size_t largest) :
	_slots(capacity), _headers(capacity), _bytes(new std::uint8_t[capacity * largest]), _largest(largest)
{
	for (std::size_t i = 0; i < capacity; ++i)
	{
		auto& slot = _slots[i];
		auto& header = _headers[i].msg_hdr;
		slot.vector = {_bytes.get() + i * largest, 0};
		header.msg_name = &slot.name;
		header.msg_iov = &slot.vector;
		header.msg_iovlen = 1;
	}
}

UdpSendBatch::~UdpSendBatch() = default;

std::span<std::uint8_t> UdpSendBatch::space()
{
	if (full())
		return {};
	return {static_cast<std::uint8_t*>(_slots[_size].vector.iov_base), _largest};
}

void UdpSendBatch::commit(std::size_t length, const Endpoint& remote, const Endpoint& local)
{
	auto& slot = _slots[_size++];
	slot.vector.iov_len = length;
	slot.remote = remote;
	slot.local = local;
}

bool UdpSendBatch::add(ByteView datagram, const Endpoint& remote, const Endpoint& local)
{
	const auto room = space();
	if (full() || datagram.size() > room.size())
		return false;
	std::copy(datagram.begin(), datagram.end(), room.begin());
	commit(datagram.size(), remote, local);
	return true;
}

}
