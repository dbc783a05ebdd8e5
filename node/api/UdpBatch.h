#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"
#include "node/api/Export.h"

namespace gimlet
{

/// A datagram as it came. The bytes belong to the batch and last until it is filled again.
struct UdpDatagram
{
	ByteView bytes;
	Endpoint remote;
	/// The address it was sent to, which a wildcard socket knows by IP_PKTINFO, and the socket's port.
	Endpoint local;
	/// It was larger than the batch's space for it: the rest is lost.
	bool truncated = false;
};

/// The space that one recvmmsg call fills: allocated once, used for ever. Not thread-safe.
class GIMLET_API UdpReceiveBatch
{
public:
	/// @param capacity How many datagrams one call may bring.
	/// @param largest Bytes kept for each. Memory that no datagram reaches is never touched.
	UdpReceiveBatch(std::size_t capacity, std::size_t largest);

	UdpReceiveBatch(const UdpReceiveBatch&) = delete;
	UdpReceiveBatch& operator=(const UdpReceiveBatch&) = delete;
	~UdpReceiveBatch();

	std::size_t capacity() const
	{
		return _headers.size();
	}

	/// How many datagrams the last UdpSocket::receive brought.
	std::size_t size() const
	{
		return _size;
	}

	/// @param index Less than size().
	UdpDatagram operator[](std::size_t index) const;

private:
	friend class UdpSocket;
	struct Slot;

	std::vector<Slot> _slots;
	std::vector<mmsghdr> _headers;
	std::unique_ptr<std::uint8_t[]> _bytes;
	std::size_t _largest;
	std::size_t _size = 0;
	std::size_t _dirty = 0; ///< headers that the kernel has written to and that must be reset
	Endpoint _local;        ///< of the socket
};

/// Datagrams that wait for one sendmmsg call: allocated once, used for ever. Not thread-safe.
class GIMLET_API UdpSendBatch
{
public:
	UdpSendBatch(std::size_t capacity, std::size_t largest);

	UdpSendBatch(const UdpSendBatch&) = delete;
	UdpSendBatch& operator=(const UdpSendBatch&) = delete;
	~UdpSendBatch();

	std::size_t size() const
	{
		return _size;
	}

	bool empty() const
	{
		return _size == 0;
	}

	bool full() const
	{
		return _size == _headers.size();
	}

	/// Where the next datagram can be written in place, `largest` bytes; empty when full. Then call commit.
	std::span<std::uint8_t> space();

	/// Adds what was written to space().
	/// @param local The source address, for an answer from the address that was asked (only its IP counts);
	/// invalid lets the kernel choose.
	void commit(std::size_t length, const Endpoint& remote, const Endpoint& local = {});

	/// Copies a datagram in. False when the batch is full or the datagram larger than `largest`.
	bool add(ByteView datagram, const Endpoint& remote, const Endpoint& local = {});

	void clear()
	{
		_size = 0;
	}

private:
	friend class UdpSocket;
	struct Slot;

	std::vector<Slot> _slots;
	std::vector<mmsghdr> _headers;
	std::unique_ptr<std::uint8_t[]> _bytes;
	std::size_t _largest;
	std::size_t _size = 0;
};

}
