#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "node/api/Bytes.h"
#include "node/api/Descriptor.h"
#include "node/api/Endpoint.h"

namespace gimlet::http
{

/// The bytes of one accepted connection, plain or through TLS. Nothing here blocks. One thread at a time.
class Channel
{
public:
	enum class Status
	{
		Done,       ///< length bytes were moved
		WantsRead,  ///< again when the descriptor is readable
		WantsWrite, ///< again when it is writable
		Closed,     ///< the other side has ended in an orderly way (reading only)
		Failed,     ///< the connection is broken
	};

	struct Result
	{
		Status status = Status::Failed;
		std::size_t length = 0;
	};

	Channel(Descriptor descriptor, const Endpoint& remote);
	Channel(const Channel&) = delete;
	Channel& operator=(const Channel&) = delete;
	virtual ~Channel();

	/// What has to happen before the first byte. Costs time for TLS, so that it is called on a worker.
	virtual Status handshake();

	virtual Result read(std::span<std::uint8_t> into);
	virtual Result write(ByteView bytes);

	/// Bytes that were taken from the kernel and not yet read: no event will tell of them.
	virtual bool pending() const;

	/// No more will be written; the other side learns of it.
	virtual void shutdown();

	virtual bool secure() const;

	/// Bounds what the kernel takes and has not sent yet: write() wants to wait above it.
	void limitUnsent(std::size_t bytes);

	int descriptor() const
	{
		return _descriptor.value();
	}

	/// The other end of the connection: a proxy's address where there is one.
	const Endpoint& remote() const
	{
		return _remote;
	}

private:
	Descriptor _descriptor;
	Endpoint _remote;
};

}
