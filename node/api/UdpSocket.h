#pragma once

#include <cstdint>
#include <utility>

#include "node/api/Endpoint.h"
#include "node/api/Settings.h"
#include "node/api/UdpBatch.h"

namespace gimlet
{

/// A non-blocking UDP socket that is read and written in batches, and knows for each datagram the local
/// address that it came to. It allocates nothing once it is open. Any one thread at a time; sending and
/// receiving may be two threads.
class GIMLET_API UdpSocket
{
public:
	struct Options
	{
		/// Several sockets share the address and the kernel spreads the senders over them (SO_REUSEPORT).
		bool reusePort = false;
		/// Kernel buffers in bytes, as far as the system allows (SO_RCVBUF, SO_SNDBUF); 0 leaves them alone.
		int receiveBuffer = 0;
		int sendBuffer = 0;
	};

	/// What became of a batch.
	struct SendReport
	{
		std::size_t sent = 0;
		/// The kernel's buffer was full; what is dropped is lost, as in any full queue of the network.
		std::size_t dropped = 0;
		/// Refused one by one: no route, no such source address, too long, forbidden by a filter.
		std::size_t failed = 0;
		/// The errno of the last refusal, 0 if there was none.
		int error = 0;
	};

	/// Closed.
	UdpSocket() = default;

	/// Opens and binds. Without an endpoint ("*:port") it serves IPv4 and IPv6 with one dual-stack socket,
	/// or IPv4 alone where the machine has no IPv6. An IPv6 endpoint serves IPv6 alone. Port 0 takes any.
	/// @throws std::system_error with a sentence and the errno (std::errc::address_in_use, ...).
	explicit UdpSocket(const ListenAddress& address) : UdpSocket(address, Options()) {}
	UdpSocket(const ListenAddress& address, const Options& options);

	UdpSocket(UdpSocket&& other) noexcept :
		_descriptor(std::exchange(other._descriptor, -1)),
		_family(other._family),
		_dualStack(other._dualStack),
		_local(other._local)
	{
	}
	UdpSocket& operator=(UdpSocket&& other) noexcept;
	~UdpSocket();

	/// Legal at any time.
	void close();

	bool isOpen() const
	{
		return _descriptor >= 0;
	}

	/// For EventLoop::watch; -1 when closed. The socket keeps owning it.
	int descriptor() const
	{
		return _descriptor;
	}

	/// The address bound to, with the real port; [::] for a dual-stack socket.
	const Endpoint& local() const
	{
		return _local;
	}

	/// Whether addresses of this family (AF_INET, AF_INET6) can be sent to.
	bool supports(int family) const
	{
		return family == _family || (_dualStack && family == AF_INET);
	}

	/// Takes what has arrived, up to the batch's capacity, with one recvmmsg.
	/// @return batch.size(); 0 when there is nothing. Less than its capacity usually means drained; the
	/// loop's watches are level-triggered, so nobody needs to ask again.
	std::size_t receive(UdpReceiveBatch& batch);

	/// Sends the batch, with one sendmmsg if nothing is refused, and empties it.
	SendReport send(UdpSendBatch& batch);

	/// Sends one datagram now.
	/// @return 0, or the errno that says why not.
	int send(ByteView datagram, const Endpoint& remote, const Endpoint& local = {});

private:
	void open(int family, bool dualStack, const Options& options);
	void learnLocalAddresses();

	int _descriptor = -1;
	int _family = AF_UNSPEC;
	bool _dualStack = false;
	Endpoint _local;
};

}
