#pragma once

// What UdpBatch.cpp, UdpSocket.cpp and UdpSending.cpp share; nobody else includes it.

#include <netinet/in.h>
#include <sys/socket.h>

#include "node/api/UdpBatch.h"

namespace gimlet
{

/// Room for the control messages that are exchanged with the kernel: in_pktinfo or in6_pktinfo, and the size
/// of segments (a 16-bit number on the way in, an int on the way out).
struct alignas(cmsghdr) UdpControl
{
	static constexpr std::size_t SIZE = CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int));

	std::uint8_t bytes[SIZE];
};

struct UdpReceiveBatch::Slot
{
	iovec vector;
	sockaddr_in6 name; // large enough for both families
	UdpControl control;
	Endpoint remote;
	Endpoint local;
	std::size_t length;
	std::size_t segment; ///< the length of all pieces but the last
	std::size_t pieces;
	std::size_t first; ///< the index of its first datagram in the batch
};

struct UdpSendBatch::Slot
{
	std::size_t offset;
	std::size_t length;
	Endpoint remote;
	Endpoint local;
};

/// What one header points to: one datagram, or several that leave as one GSO send.
struct UdpSendBatch::Message
{
	iovec vector;
	sockaddr_storage name;
	UdpControl control;
	std::size_t datagrams;
};

}
