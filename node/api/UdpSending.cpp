#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "node/api/UdpSlot.h"
#include "node/api/UdpSocket.h"

namespace gimlet
{

namespace
{

/// Puts control messages into a header, one behind the other.
class ControlWriter
{
public:
	ControlWriter(msghdr& header, UdpControl& control) : _header(header), _control(control)
	{
		_header.msg_control = nullptr;
		_header.msg_controllen = 0;
	}

	template <typename Info>
	void add(int level, int type, const Info& info)
	{
		_header.msg_control = _control.bytes;
		cmsghdr message{};
		message.cmsg_level = level;
		message.cmsg_type = type;
		message.cmsg_len = CMSG_LEN(sizeof info);
		auto* at = _control.bytes + _header.msg_controllen;
		std::memset(at, 0, CMSG_SPACE(sizeof info));
		std::memcpy(at, &message, sizeof message);
		std::memcpy(at + CMSG_LEN(0), &info, sizeof info);
		_header.msg_controllen += CMSG_SPACE(sizeof info);
	}

private:
	msghdr& _header;
	UdpControl& _control;
};

/// Asks for a source address, unless the socket is bound to it or it cannot be one.
void setSource(ControlWriter& control, int family, const Endpoint& socket, const Endpoint& local)
{
	if (!local.valid() || local.sameAddress(socket) || local.isUnspecified() || local.isMulticast() ||
		(family == AF_INET && !local.isV4()))
		return;
	if (family == AF_INET)
	{
		in_pktinfo info{};
		std::memcpy(&info.ipi_spec_dst, local.address().data(), local.address().size());
		control.add(IPPROTO_IP, IP_PKTINFO, info);
		return;
	}
	sockaddr_storage address{};
	local.toSockaddr(address, true);
	in6_pktinfo info{};
	info.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
	info.ipi6_ifindex = local.scope();
	control.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
}

/// EAGAIN: the socket's own buffer, which will have room again.
bool isFull(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

void countRefused(UdpSocket::SendReport& report, int error)
{
	report.error = error;
	++report.failed;
	report.tooLarge += error == EMSGSIZE ? 1 : 0;
	report.unreachable += error == ENETUNREACH || error == EHOSTUNREACH ? 1 : 0;
}

}

/// Fills the headers for the datagrams from one on, those before `alone` each by itself.
/// @return How many headers.
std::size_t UdpSocket::prepare(UdpSendBatch& batch, std::size_t from, std::size_t alone) const
{
	std::size_t count = 0;
	for (std::size_t slot = from; slot < batch._size; ++count)
	{
		const auto& first = batch._slots[slot];
		auto& message = batch._messages[count];
		auto& header = batch._headers[count].msg_hdr;
		message.datagrams = _gso && slot >= alone ? batch.segments(slot) : 1;
		const auto& last = batch._slots[slot + message.datagrams - 1];
		message.vector = {batch._bytes.get() + first.offset, last.offset + last.length - first.offset};
		const auto length = first.remote.toSockaddr(message.name, _family == AF_INET6);
		header.msg_namelen = supports(first.remote.family()) ? length : 0; // the kernel refuses this one
		ControlWriter control{header, message.control};
		setSource(control, _family, _local, first.local);
		if (message.datagrams > 1)
			control.add(IPPROTO_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(first.length));
		slot += message.datagrams;
	}
	return count;
}

UdpSocket::SendReport UdpSocket::send(UdpSendBatch& batch, WhenFull whenFull)
{
	SendReport report;
	std::size_t slot = 0;
	std::size_t next = 0;
	auto prepared = prepare(batch, 0, 0);
	bool doubtful = false; // GSO, and the datagram that tells is sent next
	while (next < prepared)
	{
		const int count = sendmmsg(
			_descriptor, &batch._headers[next], static_cast<unsigned>(prepared - next), MSG_DONTWAIT);
		if (count > 0)
		{
			const auto end = next + static_cast<std::size_t>(count);
			for (; next < end; ++next)
			{
				slot += batch._messages[next].datagrams;
				report.bytes += batch._messages[next].vector.iov_len;
			}
			_gso = _gso && !doubtful;
			doubtful = false;
			continue;
		}
		const int error = errno;
		if (error == EINTR)
			continue;
		if (isFull(error) || error == ENOBUFS)
		{
			report.error = error;
			break;
		}
		if (const auto datagrams = batch._messages[next].datagrams; datagrams > 1)
		{
			// Some devices, tunnels and kernels have no GSO (FIELD: EIO); whether that is the fault shows
			// when the first of these is sent by itself. A segment may also be too large.
			doubtful = error == EIO || error == EINVAL;
			prepared = prepare(batch, slot, slot + datagrams);
			next = 0;
			continue;
		}
		countRefused(report, error);
		doubtful = false;
		++slot;
		++next;
	}
	report.sent = slot - report.failed;
	const auto rest = batch._size - slot;
	// ENOBUFS comes from a queue behind the socket, whose end nobody tells: nothing to wait for.
	const bool keep = whenFull == WhenFull::Keep && isFull(report.error);
	(keep ? report.kept : report.dropped) = rest;
	batch.dropFirst(keep ? slot : batch._size);
	return report;
}

int UdpSocket::send(ByteView datagram, const Endpoint& remote, const Endpoint& local, unsigned hops)
{
	if (!supports(remote.family()))
		return EAFNOSUPPORT;
	sockaddr_storage name{};
	UdpControl space{};
	iovec vector{const_cast<std::uint8_t*>(datagram.data()), datagram.size()}; // sendmsg reads only
	msghdr header{};
	header.msg_name = &name;
	header.msg_namelen = remote.toSockaddr(name, _family == AF_INET6);
	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	ControlWriter control{header, space};
	setSource(control, _family, _local, local);
	if (hops != 0 && remote.isV4())
		control.add(IPPROTO_IP, IP_TTL, static_cast<int>(hops));
	else if (hops != 0)
		control.add(IPPROTO_IPV6, IPV6_HOPLIMIT, static_cast<int>(hops));
	while (sendmsg(_descriptor, &header, MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

}
