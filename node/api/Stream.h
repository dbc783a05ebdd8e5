#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet
{

/// Where a byte stream should lead.
struct StreamTarget
{
	std::string host;
	std::uint16_t port = 0;

	/// TLS 1.2 or later; certificate and host name are verified.
	bool tls = false;

	/// A PEM file of trusted authorities; empty means the system's.
	std::string caFile;

	/// "http://[user:password@]host:port" of a proxy that is asked to CONNECT; empty means none.
	std::string proxy;

	/// Bound on name resolution, connection, proxy and TLS handshake together.
	std::chrono::milliseconds timeout{10'000};
};

/// What becomes of a stream. All calls come on the loop thread, never inside a call of the Stream's user.
/// The handler may destroy its Stream inside any of them.
class GIMLET_API StreamHandler
{
public:
	virtual ~StreamHandler();

	/// Connected, and with TLS verified. Bytes may be sent from now on.
	virtual void onStreamOpen() = 0;

	virtual void onStreamData(ByteView bytes) = 0;

	/// Everything that was queued by Stream::send has gone to the kernel.
	virtual void onStreamDrained() {}

	/// The end, also of a stream that never opened. Called once; nothing comes after it.
	/// @param error A sentence that says what happened and, where possible, what to do; empty when the
	/// other side closed in an orderly way.
	virtual void onStreamClosed(const std::string& error) = 0;
};

/// An outgoing TCP or TLS connection on the loop. Destroying it closes it, without a callback.
class GIMLET_API Stream
{
public:
	virtual ~Stream();

	/// Queues bytes. The caller bounds what it queues by looking at bufferedAmount().
	virtual void send(ByteView bytes) = 0;

	/// Bytes queued and not yet taken by the kernel.
	virtual std::size_t bufferedAmount() const = 0;

	/// The address connected to; invalid before onStreamOpen. Behind a proxy it is the proxy's.
	virtual Endpoint remote() const = 0;

	/// The address of this machine that it has; invalid before onStreamOpen, or if that is not known.
	virtual Endpoint local() const
	{
		return {};
	}
};

/// Makes outgoing streams. Names are tried in the order that RFC 8305 suggests, 250 ms apart.
class GIMLET_API StreamConnector
{
public:
	virtual ~StreamConnector();

	/// Begins to connect; every failure is reported by onStreamClosed. The handler must outlive the stream.
	[[nodiscard]] virtual std::unique_ptr<Stream> connect(
		const StreamTarget& target, StreamHandler& handler) = 0;
};

}
