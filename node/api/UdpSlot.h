#pragma once

// What UdpBatch.cpp and UdpSocket.cpp share; nobody else includes it.

#include <netinet/in.h>
#include <sys/socket.h>

#include "node/api/UdpBatch.h"

namespace gimlet
{

/// Room for the one control message that is exchanged with the kernel, in_pktinfo or in6_pktinfo.
struct alignas(cmsghdr) UdpControl
{
	static constexpr std::size_t SIZE = CMSG_SPACE(sizeof(in6_pktinfo));

	std::uint8_t bytes[SIZE];
};

struct UdpReceiveBatch::Slot
{
	iovec vector;
	sockaddr_in6 name; // large enough for both families
	UdpControl control;
};

struct UdpSendBatch::Slot
{
	iovec vector;
	sockaddr_storage name;
	UdpControl control;
	Endpoint remote;
	Endpoint local;
};

}
