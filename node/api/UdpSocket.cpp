#include "node/api/UdpSocket.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "node/api/UdpSlot.h"

namespace gimlet
{

namespace
{

void setOption(int descriptor, int level, int name, int value)
{
	if (setsockopt(descriptor, level, name, &value, sizeof value) != 0)
		throw std::system_error(errno, std::generic_category(), "cannot set up a UDP socket");
}

Endpoint boundTo(int descriptor)
{
	sockaddr_storage address{};
	socklen_t length = sizeof address;
	if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
		throw std::system_error(errno, std::generic_category(), "cannot tell a UDP socket's address");
	return Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address));
}

template <typename Info>
void writeControl(msghdr& header, UdpControl& control, int level, int type, const Info& info)
{
	header.msg_control = control.bytes;
	header.msg_controllen = CMSG_SPACE(sizeof info);
	auto* message = CMSG_FIRSTHDR(&header);
	message->cmsg_level = level;
	message->cmsg_type = type;
	message->cmsg_len = CMSG_LEN(sizeof info);
	std::memcpy(CMSG_DATA(message), &info, sizeof info);
}

/// Asks for a source address, unless the socket is bound to it or it cannot be one.
void setSource(msghdr& header, UdpControl& control, int family, const Endpoint& socket, const Endpoint& local)
{
	header.msg_control = nullptr;
	header.msg_controllen = 0;
	if (!local.valid() || local.sameAddress(socket) || local.isUnspecified() || local.isMulticast() ||
		(family == AF_INET && !local.isV4()))
		return;
	if (family == AF_INET)
	{
		in_pktinfo info{};
		std::memcpy(&info.ipi_spec_dst, local.address().data(), local.address().size());
		writeControl(header, control, IPPROTO_IP, IP_PKTINFO, info);
		return;
	}
	sockaddr_storage address{};
	local.toSockaddr(address, true);
	in6_pktinfo info{};
	info.ipi6_addr = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
	info.ipi6_ifindex = local.scope();
	writeControl(header, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

bool isFull(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

}

UdpSocket::UdpSocket(const ListenAddress& address, const Options& options)
{
	Endpoint endpoint = address.endpoint.value_or(Endpoint::any(AF_INET6, address.port));
	try
	{
		try
		{
			open(endpoint.family(), !address.endpoint, options);
		}
		catch (const std::system_error& error)
		{
			const auto code = error.code().value();
			if (address.endpoint || (code != EAFNOSUPPORT && code != EADDRNOTAVAIL))
				throw;
			endpoint = Endpoint::any(AF_INET, address.port);
			open(AF_INET, false, options);
		}
		sockaddr_storage kernel{};
		const auto length = endpoint.toSockaddr(kernel);
		if (bind(_descriptor, reinterpret_cast<const sockaddr*>(&kernel), length) != 0)
			throw std::system_error(
				errno, std::generic_category(), "cannot listen on UDP " + endpoint.toString());
		_local = boundTo(_descriptor);
		if (_local.isUnspecified())
			learnLocalAddresses();
	}
	catch (...)
	{
		close();
		throw;
	}
}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept
{
	if (this != &other)
	{
		close();
		_descriptor = std::exchange(other._descriptor, -1);
		_family = other._family;
		_dualStack = other._dualStack;
		_local = other._local;
	}
	return *this;
}

UdpSocket::~UdpSocket()
{
	close();
}

void UdpSocket::close()
{
	if (const int descriptor = std::exchange(_descriptor, -1); descriptor >= 0)
		::close(descriptor);
}

void UdpSocket::open(int family, bool dualStack, const Options& options)
{
	close();
	_descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (_descriptor < 0)
		throw std::system_error(errno, std::generic_category(), "cannot open a UDP socket");
	_family = family;
	_dualStack = dualStack;
	if (family == AF_INET6)
		setOption(_descriptor, IPPROTO_IPV6, IPV6_V6ONLY, dualStack ? 0 : 1);
	if (options.reusePort)
		setOption(_descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
	if (options.receiveBuffer)
		setOption(_descriptor, SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
	if (options.sendBuffer)
		setOption(_descriptor, SOL_SOCKET, SO_SNDBUF, options.sendBuffer);
}

/// A socket that is bound to one address knows it without being told with each datagram.
void UdpSocket::learnLocalAddresses()
{
	if (_family == AF_INET6)
		setOption(_descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	else
		setOption(_descriptor, IPPROTO_IP, IP_PKTINFO, 1);
}

std::size_t UdpSocket::receive(UdpReceiveBatch& batch)
{
	for (std::size_t i = 0; i < batch._dirty; ++i)
	{
		auto& header = batch._headers[i].msg_hdr;
		header.msg_namelen = sizeof(UdpReceiveBatch::Slot::name);
		header.msg_controllen = UdpControl::SIZE;
		header.msg_flags = 0;
	}
	int count = 0;
	do
		count = recvmmsg(_descriptor, batch._headers.data(), static_cast<unsigned>(batch.capacity()),
			MSG_DONTWAIT, nullptr);
	while (count < 0 && errno == EINTR);
	batch._size = count > 0 ? static_cast<std::size_t>(count) : 0;
	// The kernel may have written to one header more than it counts, when that one failed.
	batch._dirty = std::min(batch._size + 1, batch.capacity());
	batch._local = _local;
	return batch._size;
}

UdpSocket::SendReport UdpSocket::send(UdpSendBatch& batch)
{
	const bool mapped = _family == AF_INET6;
	for (std::size_t i = 0; i < batch._size; ++i)
	{
		auto& slot = batch._slots[i];
		auto& header = batch._headers[i].msg_hdr;
		const auto length = slot.remote.toSockaddr(slot.name, mapped);
		header.msg_namelen = supports(slot.remote.family()) ? length : 0; // the kernel refuses this one
		setSource(header, slot.control, _family, _local, slot.local);
	}
	SendReport report;
	std::size_t next = 0;
	while (next < batch._size)
	{
		const int count = sendmmsg(
			_descriptor, &batch._headers[next], static_cast<unsigned>(batch._size - next), MSG_DONTWAIT);
		if (count > 0)
		{
			report.sent += static_cast<std::size_t>(count);
			next += static_cast<std::size_t>(count);
			continue;
		}
		if (errno == EINTR)
			continue;
		report.error = errno;
		if (isFull(errno))
		{
			report.dropped = batch._size - next;
			break;
		}
		++report.failed;
		++next;
	}
	batch.clear();
	return report;
}

int UdpSocket::send(ByteView datagram, const Endpoint& remote, const Endpoint& local)
{
	if (!supports(remote.family()))
		return EAFNOSUPPORT;
	sockaddr_storage name{};
	UdpControl control{};
	iovec vector{const_cast<std::uint8_t*>(datagram.data()), datagram.size()}; // sendmsg reads only
	msghdr header{};
	header.msg_name = &name;
	header.msg_namelen = remote.toSockaddr(name, _family == AF_INET6);
	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	setSource(header, control, _family, _local, local);
	while (sendmsg(_descriptor, &header, MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

}
