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
		/// Several sockets may be bound to the same multicast address, and each gets what is sent there
		/// (SO_REUSEADDR).
		bool reuseAddress = false;
		/// Kernel buffers in bytes, as far as the system allows: net.core.rmem_max and wmem_max, which bind
		/// all but those with CAP_NET_ADMIN; 0 leaves them alone.
		int receiveBuffer = 0;
		int sendBuffer = 0;
		/// The kernel joins datagrams that come together from one sender (UDP_GRO), where it can: one call
		/// brings more. For a batch with spaces of UdpReceiveBatch::LARGEST_JOINED.
		bool gro = false;
		/// Neighbours in a batch that go the same way and have the same length leave as one (UDP_SEGMENT),
		/// where the kernel can. Off by itself for this socket when the way out turns out not to have it.
		bool gso = false;
		/// Datagrams are never fragmented, neither here nor on the way (IP_PMTUDISC_PROBE: DF is set and what
		/// the kernel believes of the path is ignored): for those who search the path's MTU (RFC 8899,
		/// section 4.5). What is larger than the interface takes fails with EMSGSIZE.
		bool dontFragment = false;
	};

	/// What send() does with the rest of a batch when the kernel's buffer is full (EAGAIN).
	enum class WhenFull
	{
		Drop,
		Keep, ///< it stays in the batch; EventLoop::WRITABLE tells when to go on
	};

	/// What became of a batch.
	struct SendReport
	{
		std::size_t sent = 0;
		/// Of those datagrams together.
		std::size_t bytes = 0;
		/// The kernel's buffer was full; what is dropped is lost, as in any full queue of the network.
		std::size_t dropped = 0;
		/// The kernel's buffer was full; these are in the batch still (WhenFull::Keep).
		std::size_t kept = 0;
		/// Refused one by one: no route, no such source address, too long, forbidden by a filter.
		std::size_t failed = 0;
		/// Of those: EMSGSIZE, and ENETUNREACH or EHOSTUNREACH.
		std::size_t tooLarge = 0;
		std::size_t unreachable = 0;
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
		_gro(other._gro),
		_gso(other._gso),
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

	/// Whether the kernel has what Options asked for; gso() may become false later.
	bool gro() const
	{
		return _gro;
	}
	bool gso() const
	{
		return _gso;
	}

	/// Takes what has arrived, up to the batch's capacity, with one recvmmsg.
	/// @return batch.size(); 0 when there is nothing. A batch that is not filled() usually means drained; the
	/// loop's watches are level-triggered, so nobody needs to ask again.
	std::size_t receive(UdpReceiveBatch& batch);

	/// Sends the batch, with one sendmmsg if nothing is refused, and empties it but for what is kept.
	SendReport send(UdpSendBatch& batch, WhenFull whenFull = WhenFull::Drop);

	/// Sends one datagram now.
	/// @param hops To live (IP_TTL, IPV6_HOPLIMIT); 0 leaves them to the kernel.
	/// @return 0, or the errno that says why not.
	int send(ByteView datagram, const Endpoint& remote, const Endpoint& local = {}, unsigned hops = 0);

private:
	void open(int family, bool dualStack, const Options& options);
	void forbidFragments();
	void learnLocalAddresses();
	std::size_t prepare(UdpSendBatch& batch, std::size_t from, std::size_t alone) const;

	int _descriptor = -1;
	int _family = AF_UNSPEC;
	bool _dualStack = false;
	bool _gro = false;
	bool _gso = false;
	Endpoint _local;
};

}
