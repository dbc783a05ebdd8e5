#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Bytes.h"
#include "node/api/Endpoint.h"

/// What the kernel says about links, addresses and routes (rtnetlink(7)), as values, and the questions that
/// it is asked. Pure: bytes in the byte order of this machine go in and come out.
namespace gimlet::core::netlink
{

/// A network interface.
struct Link
{
	unsigned index = 0;
	std::string name{};
	bool up = false;      ///< somebody switched it on
	bool running = false; ///< and it carries: the cable is in, the radio is connected
	unsigned mtu = 0;     ///< 0: not told

	friend bool operator==(const Link&, const Link&) = default;
};

/// An address of an interface.
struct Address
{
	unsigned index = 0;
	Endpoint address{};     ///< with port 0
	bool tentative = false; ///< nobody knows yet whether it is free, or it is not (RFC 4862, section 5.4)

	friend bool operator==(const Address&, const Address&) = default;
};

/// Where datagrams go.
struct Route
{
	int family = 0;
	unsigned prefix = 0;     ///< how many bits of the destination it says; 0 is the default route
	bool forwarding = false; ///< it leads to other machines: neither local, nor multicast, nor a refusal
	unsigned index = 0;      ///< of the interface; 0: several, or none
	Endpoint gateway{};      ///< invalid: the destination itself is asked for on the link
	Endpoint source{};       ///< the address that is sent from; invalid: not told

	friend bool operator==(const Route&, const Route&) = default;
};

/// The end of an answer.
struct Done
{
	friend bool operator==(const Done&, const Done&) = default;
};

/// A question was refused, or, with code 0, was granted.
struct Error
{
	int code = 0; ///< an errno: ENETUNREACH

	friend bool operator==(const Error&, const Error&) = default;
};

/// Something else.
struct Other
{
	friend bool operator==(const Other&, const Other&) = default;
};

struct Message
{
	std::uint32_t sequence = 0; ///< that of the question; 0 for news
	bool removed = false;       ///< the link, address or route is no more
	std::variant<Other, Link, Address, Route, Done, Error> content{};

	friend bool operator==(const Message&, const Message&) = default;
};

/// The largest datagram that the kernel makes of several messages (NLMSG_GOODSIZE is less).
inline constexpr std::size_t MAX_DATAGRAM = 32 * 1024;

/// The messages of one datagram. Whatever is cut short or says lengths that cannot be ends the list; what is
/// merely unknown is Other.
std::vector<Message> decode(ByteView datagram);

/// Asks for all addresses.
Buffer askAddresses(std::uint32_t sequence);
/// Asks for one interface, without its statistics.
Buffer askLink(std::uint32_t sequence, unsigned index);
/// Asks which way a datagram to there would go.
Buffer askRoute(std::uint32_t sequence, const Endpoint& destination);

}
