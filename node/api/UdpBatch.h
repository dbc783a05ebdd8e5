#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
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
///
/// Where the socket has UDP GRO (UdpSocket::Options::gro) the kernel joins datagrams of one sender; here they
/// are single again, so one call brings more of them than there are spaces.
class GIMLET_API UdpReceiveBatch
{
public:
	class Iterator;

	/// For a socket with GRO `largest` should be this: what is joined is no longer.
	static constexpr std::size_t LARGEST_JOINED = 65'535;

	/// @param capacity How many spaces one call may fill.
	/// @param largest Bytes of each. Memory that no datagram reaches is never touched.
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

	/// Whether the last call filled every space: there may be more.
	bool filled() const
	{
		return _filled == _headers.size();
	}

	/// @param index Less than size(). To look at all of them, iterate.
	UdpDatagram operator[](std::size_t index) const;

	/// for (const auto& datagram : batch)
	Iterator begin() const;
	Iterator end() const;

private:
	friend class UdpSocket;
	struct Slot;

	/// Readies the headers that the last call has used.
	void reset();
	/// Takes note of what a call has brought. @param local The socket's address.
	void filledWith(std::size_t count, const Endpoint& local);
	UdpDatagram at(std::size_t slot, std::size_t piece) const;

	std::vector<Slot> _slots;
	std::vector<mmsghdr> _headers;
	std::unique_ptr<std::uint8_t[]> _bytes;
	std::size_t _largest;
	std::size_t _size = 0;   ///< datagrams
	std::size_t _filled = 0; ///< spaces
	std::size_t _dirty = 0;  ///< headers that the kernel has written to and that must be reset
};

/// Over the datagrams of a batch, in the order of their arrival.
class GIMLET_API UdpReceiveBatch::Iterator
{
public:
	Iterator(const UdpReceiveBatch& batch, std::size_t slot) : _batch(&batch), _slot(slot) {}

	UdpDatagram operator*() const
	{
		return _batch->at(_slot, _piece);
	}

	Iterator& operator++();

	friend bool operator==(const Iterator&, const Iterator&) = default;

private:
	const UdpReceiveBatch* _batch;
	std::size_t _slot;
	std::size_t _piece = 0;
};

/// Datagrams that wait for one sendmmsg call: allocated once, used for ever. They lie one behind the other,
/// so that memory beyond what a batch really holds is never touched. Not thread-safe.
class GIMLET_API UdpSendBatch
{
public:
	UdpSendBatch(std::size_t capacity, std::size_t largest) :
		UdpSendBatch(capacity, largest, capacity * largest)
	{
	}

	/// @param bytes Of all datagrams together, at least `largest`.
	UdpSendBatch(std::size_t capacity, std::size_t largest, std::size_t bytes);

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

	/// Whether there is no room for another one of `largest` bytes.
	bool full() const
	{
		return _size == _headers.size() || _room - _used < _largest;
	}

	/// The sum of the datagrams' lengths.
	std::size_t bytes() const
	{
		return _used;
	}

	/// Where the next datagram can be written in place, `largest` bytes; empty when full. Then call commit.
	std::span<std::uint8_t> space();

	/// Adds what was written to space().
	/// @param local The source address, for an answer from the address that was asked (only its IP counts);
	/// invalid lets the kernel choose.
	void commit(std::size_t length, const Endpoint& remote, const Endpoint& local = {});

	/// Copies a datagram in. False when the batch is full or the datagram larger than `largest`.
	bool add(ByteView datagram, const Endpoint& remote, const Endpoint& local = {});

	void clear();

private:
	friend class UdpSocket;
	struct Slot;
	struct Message;

	/// How many datagrams from this one on can be one GSO send.
	std::size_t segments(std::size_t slot) const;
	/// Forgets the first ones.
	void dropFirst(std::size_t count);

	std::vector<Slot> _slots;
	std::vector<Message> _messages;
	std::vector<mmsghdr> _headers;
	std::unique_ptr<std::uint8_t[]> _bytes;
	std::size_t _largest;
	std::size_t _room;
	std::size_t _size = 0;
	std::size_t _used = 0;
};

}
