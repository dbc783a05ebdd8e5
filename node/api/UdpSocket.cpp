#include "node/api/UdpSocket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <cerrno>
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

/// Over the system's limit (net.core.rmem_max) where we may, else up to it.
void setBuffer(int descriptor, int forced, int limited, int bytes)
{
	if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0)
		setOption(descriptor, SOL_SOCKET, limited, bytes);
}

/// Whether the kernel knows an option of UDP.
bool hasOption(int descriptor, int name)
{
	int value = 0;
	socklen_t length = sizeof value;
	return getsockopt(descriptor, IPPROTO_UDP, name, &value, &length) == 0;
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
		_gro = other._gro;
		_gso = other._gso;
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
	if (options.reuseAddress)
		setOption(_descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
	if (options.receiveBuffer)
		setBuffer(_descriptor, SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBuffer);
	if (options.sendBuffer)
		setBuffer(_descriptor, SO_SNDBUFFORCE, SO_SNDBUF, options.sendBuffer);
	if (options.dontFragment)
		forbidFragments();
	const int on = 1;
	_gro = options.gro && setsockopt(_descriptor, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0;
	_gso = options.gso && hasOption(_descriptor, UDP_SEGMENT);
}

void UdpSocket::forbidFragments()
{
	// An IPv6 socket takes the option of IPv4 for the v4-mapped addresses.
	if (_family == AF_INET || _dualStack)
		setOption(_descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	if (_family == AF_INET6)
		setOption(_descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
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
	batch.reset();
	int count = 0;
	do
		count = recvmmsg(_descriptor, batch._headers.data(), static_cast<unsigned>(batch.capacity()),
			MSG_DONTWAIT, nullptr);
	while (count < 0 && errno == EINTR);
	batch.filledWith(count > 0 ? static_cast<std::size_t>(count) : 0, _local);
	return batch.size();
}

}
