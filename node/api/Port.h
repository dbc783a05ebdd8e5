#pragma once

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

namespace gimlet
{

enum class PortKind
{
	Udp,   ///< a UDP socket of this machine
	Turn,  ///< an allocation on a TURN server (RFC 8656)
	Relay, ///< a session of the rendezvous' relay
};

/// Something datagrams are sent through: an interface, never a descriptor. A transport owns its ports and
/// lends them to discovery, so that the mapping that discovery finds is the one that peers will use.
/// Loop thread only.
class GIMLET_API Port
{
public:
	virtual ~Port();

	virtual PortKind kind() const = 0;

	/// The address bound to; its IP may be unspecified (a wildcard socket).
	virtual Endpoint localEndpoint() const = 0;

	/// Whether addresses of this family (AF_INET, AF_INET6) can be reached through it.
	virtual bool supports(int family) const = 0;

	/// Whether datagrams can be sent from it to there. By default, what is of a family that it supports and
	/// no session of a relay (Endpoint::isDiscardOnly).
	virtual bool reaches(const Endpoint& remote) const;

	/// Sends one datagram, at once or with the present batch. False when it could not be sent: the
	/// network is unreachable, the buffer full, or the family not supported. As with any datagram, true
	/// promises nothing.
	virtual bool send(ByteView datagram, const Endpoint& remote) = 0;

	/// The same from one of several local addresses, where the port has them (a wildcard socket on a host
	/// with more than one). An invalid `local` leaves the choice to the kernel.
	virtual bool sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote);

	/// The same with so many hops to live (IP_TTL, IPV6_UNICAST_HOPS): it opens the NATs on this side, and
	/// dies before it reaches one on the other. False, and nothing is sent, where the port has no hops to
	/// limit.
	virtual bool sendHops(ByteView datagram, const Endpoint& remote, unsigned hops);
};

/// The way a datagram came, or goes.
struct Path
{
	Port* port = nullptr;
	Endpoint local;
	Endpoint remote;
};

}
