#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Bytes.h"
#include "node/api/Export.h"

namespace gimlet
{

/// An IP address and a port: what RFC 8489 calls a transport address.
///
/// A small value without allocation, for IPv4 and IPv6. An IPv4 address is kept as such; the
/// v4-mapped IPv6 form (::ffff:a.b.c.d), which dual-stack sockets report, is unmapped on the way in, so
/// that one peer has one spelling. A default-constructed Endpoint is invalid (family AF_UNSPEC).
class GIMLET_API Endpoint
{
public:
	Endpoint() = default;

	/// From 4 or 16 address bytes in network order; any other length gives an invalid Endpoint.
	static Endpoint fromBytes(ByteView address, std::uint16_t port, std::uint32_t scope = 0);

	/// From a kernel address; families other than AF_INET and AF_INET6 give an invalid Endpoint.
	static Endpoint fromSockaddr(const sockaddr* address);

	/// Parses "192.0.2.1:80" and "[2001:db8::1]:80". Names are not resolved. Empty if malformed.
	static std::optional<Endpoint> parse(std::string_view text);

	/// Parses an address literal without a port ("192.0.2.1", "2001:db8::1"). Empty if malformed.
	static std::optional<Endpoint> parseAddress(std::string_view address, std::uint16_t port);

	/// 0.0.0.0:port or [::]:port.
	static Endpoint any(int family, std::uint16_t port);

	/// 127.0.0.1:port or [::1]:port.
	static Endpoint loopback(int family, std::uint16_t port);

	/// Writes the kernel's form and returns its length. With mapped, an IPv4 address is written as
	/// v4-mapped IPv6, which a dual-stack socket wants.
	socklen_t toSockaddr(sockaddr_storage& out, bool mapped = false) const;

	bool valid() const
	{
		return _family != AF_UNSPEC;
	}

	/// AF_INET, AF_INET6, or AF_UNSPEC when invalid.
	int family() const
	{
		return _family;
	}

	bool isV4() const
	{
		return _family == AF_INET;
	}

	bool isV6() const
	{
		return _family == AF_INET6;
	}

	std::uint16_t port() const
	{
		return _port;
	}

	/// 4 or 16 bytes in network order; empty when invalid.
	ByteView address() const;

	/// The interface index of a link-local IPv6 address or multicast group, otherwise 0.
	std::uint32_t scope() const
	{
		return _scope;
	}

	Endpoint withPort(std::uint16_t port) const;
	bool sameAddress(const Endpoint& other) const;

	/// One host's address, whoever it is: valid, and not unspecified, multicast or broadcast. The port may be
	/// 0.
	bool isUnicast() const;
	bool isUnspecified() const;
	bool isLoopback() const;
	bool isMulticast() const;

	/// 169.254/16 (where clouds keep their metadata servers) or fe80::/10.
	bool isLinkLocal() const;

	/// RFC 1918, RFC 6598 (carrier-grade NAT) or a unique local IPv6 address.
	bool isPrivate() const;

	/// 255.255.255.255.
	bool isBroadcast() const;

	/// 100::/64, which no network carries (RFC 6666). Relays name their sessions by such addresses, so that a
	/// session can be a candidate like any other; only a port of that relay reaches them.
	bool isDiscardOnly() const;

	/// "192.0.2.1" or "2001:db8::1"; "" when invalid.
	std::string addressString() const;

	/// "192.0.2.1:80" or "[2001:db8::1]:80"; "" when invalid.
	std::string toString() const;

	friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
	friend bool operator==(const Endpoint&, const Endpoint&) = default;

private:
	int _family = AF_UNSPEC;
	std::array<std::uint8_t, 16> _address{};
	std::uint32_t _scope = 0;
	std::uint16_t _port = 0;
};

}

template <>
struct std::hash<gimlet::Endpoint>
{
	std::size_t operator()(const gimlet::Endpoint& endpoint) const noexcept
	{
		const auto bytes = endpoint.address();
		const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
		return std::hash<std::string_view>{}(text)*31U + endpoint.port();
	}
};
