#include "node/api/UdpBatch.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

#include "node/api/UdpSlot.h"

namespace gimlet
{

namespace
{

/// UDP_MAX_SEGMENTS of Linux since 4.18 (later versions take 128).
constexpr std::size_t MAX_SEGMENTS = 64;

/// The most that one GSO send has; with headers it must stay below 65,536.
constexpr std::size_t MAX_SEGMENTED = 65'000;

template <typename Info>
Info read(const cmsghdr* control)
{
	Info info{};
	std::memcpy(&info, CMSG_DATA(control), sizeof info);
	return info;
}

/// The address a datagram was sent to and the size of its segments, as control messages tell them.
void readControl(msghdr& header, Endpoint& local, std::size_t& segment)
{
	const auto port = local.port();
	for (auto* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control))
	{
		if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
		{
			// ipi_spec_dst is ours even when the datagram was broadcast, and so can be answered from.
			const auto info = read<in_pktinfo>(control);
			local = Endpoint::fromBytes({reinterpret_cast<const std::uint8_t*>(&info.ipi_spec_dst), 4}, port);
		}
		else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
		{
			const auto info = read<in6_pktinfo>(control);
			local = Endpoint::fromBytes({info.ipi6_addr.s6_addr, 16}, port, info.ipi6_ifindex);
		}
		else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO)
			segment = static_cast<std::size_t>(std::max(read<int>(control), 0));
	}
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

void UdpReceiveBatch::reset()
{
	for (std::size_t i = 0; i < _dirty; ++i)
	{
		auto& header = _headers[i].msg_hdr;
		header.msg_namelen = sizeof(Slot::name);
		header.msg_controllen = UdpControl::SIZE;
		header.msg_flags = 0;
	}
}

void UdpReceiveBatch::filledWith(std::size_t count, const Endpoint& local)
{
	_filled = count;
	// The kernel may have written to one header more than it counts, when that one failed.
	_dirty = std::min(count + 1, capacity());
	_size = 0;
	for (std::size_t i = 0; i < count; ++i)
	{
		auto& slot = _slots[i];
		slot.remote = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&slot.name));
		slot.local = local;
		slot.length = std::min<std::size_t>(_headers[i].msg_len, _largest);
		slot.segment = 0;
		readControl(_headers[i].msg_hdr, slot.local, slot.segment);
		if (slot.segment == 0 || slot.segment > slot.length)
			slot.segment = slot.length;
		slot.pieces = slot.length == 0 ? 1 : (slot.length + slot.segment - 1) / slot.segment;
		slot.first = _size;
		_size += slot.pieces;
	}
}

UdpDatagram UdpReceiveBatch::at(std::size_t index, std::size_t piece) const
{
	const auto& slot = _slots[index];
	const auto offset = piece * slot.segment;
	const bool cut = (_headers[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
	return {.bytes = {static_cast<const std::uint8_t*>(slot.vector.iov_base) + offset,
				std::min(slot.segment, slot.length - offset)},
		.remote = slot.remote,
		.local = slot.local,
		.truncated = cut && piece + 1 == slot.pieces};
}

UdpDatagram UdpReceiveBatch::operator[](std::size_t index) const
{
	if (_size == _filled)
		return at(index, 0);
	const auto after = std::upper_bound(_slots.begin(), _slots.begin() + static_cast<std::ptrdiff_t>(_filled),
		index, [](std::size_t wanted, const Slot& slot) { return wanted < slot.first; });
	const auto slot = static_cast<std::size_t>(after - _slots.begin()) - 1;
	return at(slot, index - _slots[slot].first);
}

UdpReceiveBatch::Iterator UdpReceiveBatch::begin() const
{
	return {*this, 0};
}

UdpReceiveBatch::Iterator UdpReceiveBatch::end() const
{
	return {*this, _filled};
}

UdpReceiveBatch::Iterator& UdpReceiveBatch::Iterator::operator++()
{
	if (++_piece == _batch->_slots[_slot].pieces)
	{
		++_slot;
		_piece = 0;
	}
	return *this;
}

UdpSendBatch::UdpSendBatch(std::size_t capacity, std::size_t largest, std::size_t bytes) :
	_slots(capacity),
	_messages(capacity),
	_headers(capacity),
	_bytes(new std::uint8_t[bytes]),
	_largest(largest),
	_room(bytes)
{
	for (std::size_t i = 0; i < capacity; ++i)
	{
		auto& message = _messages[i];
		auto& header = _headers[i].msg_hdr;
		header.msg_name = &message.name;
		header.msg_iov = &message.vector;
		header.msg_iovlen = 1;
	}
}

UdpSendBatch::~UdpSendBatch() = default;

std::span<std::uint8_t> UdpSendBatch::space()
{
	if (full())
		return {};
	return {_bytes.get() + _used, _largest};
}

void UdpSendBatch::commit(std::size_t length, const Endpoint& remote, const Endpoint& local)
{
	_slots[_size++] = {.offset = _used, .length = length, .remote = remote, .local = local};
	_used += length;
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

void UdpSendBatch::clear()
{
	_size = 0;
	_used = 0;
}

std::size_t UdpSendBatch::segments(std::size_t slot) const
{
	const auto& first = _slots[slot];
	std::size_t bytes = first.length;
	std::size_t count = 1;
	while (slot + count < _size && count < MAX_SEGMENTS)
	{
		const auto& next = _slots[slot + count];
		bytes += next.length;
		if (next.length == 0 || next.length > first.length || bytes > MAX_SEGMENTED ||
			next.remote != first.remote || next.local != first.local)
			break;
		++count;
		if (next.length < first.length)
			break;
	}
	return count;
}

void UdpSendBatch::dropFirst(std::size_t count)
{
	if (count == 0)
		return;
	if (count == _size)
		return clear();
	const auto gone = _slots[count].offset;
	_used -= gone;
	std::memmove(_bytes.get(), _bytes.get() + gone, _used);
	_size -= count;
	for (std::size_t i = 0; i < _size; ++i)
	{
		_slots[i] = _slots[i + count];
		_slots[i].offset -= gone;
	}
}

}
