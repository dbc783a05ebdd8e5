#pragma once

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstdint>
#include <cstring>

#include "node/core/net/Netlink.h"

namespace gimlet::test
{

/// Writes what the kernel would, of the values that netlink::decode() reads.
class NetlinkMessage
{
public:
	template <typename Body>
	NetlinkMessage(std::uint16_t type, std::uint32_t sequence, const Body& body)
	{
		nlmsghdr head{};
		head.nlmsg_type = type;
		head.nlmsg_seq = sequence;
		append(&head, sizeof head);
		append(&body, sizeof body);
	}

	NetlinkMessage& attribute(std::uint16_t type, ByteView value)
	{
		rtattr head{};
		head.rta_len = static_cast<std::uint16_t>(sizeof head + value.size());
		head.rta_type = type;
		append(&head, sizeof head);
		append(value.data(), value.size());
		return *this;
	}

	NetlinkMessage& attribute(std::uint16_t type, std::uint32_t value)
	{
		return attribute(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
	}

	NetlinkMessage& attribute(std::uint16_t type, const Endpoint& value)
	{
		return value.valid() ? attribute(type, value.address()) : *this;
	}

	Buffer bytes() const
	{
		auto result = _bytes;
		const auto length = static_cast<std::uint32_t>(result.size());
		std::memcpy(result.data(), &length, sizeof length);
		return result;
	}

private:
	void append(const void* data, std::size_t size)
	{
		const auto* bytes = static_cast<const std::uint8_t*>(data);
		_bytes.insert(_bytes.end(), bytes, bytes + size);
		_bytes.resize((_bytes.size() + 3) & ~std::size_t{3});
	}

	Buffer _bytes;
};

inline Buffer encode(const core::netlink::Link& link, std::uint32_t sequence, bool removed)
{
	ifinfomsg body{};
	body.ifi_index = static_cast<int>(link.index);
	body.ifi_flags = (link.up ? unsigned{IFF_UP} : 0U) | (link.running ? unsigned{IFF_RUNNING} : 0U);
	return NetlinkMessage{removed ? std::uint16_t{RTM_DELLINK} : std::uint16_t{RTM_NEWLINK}, sequence, body}
		.attribute(IFLA_IFNAME, asBytes(link.name))
		.attribute(IFLA_MTU, link.mtu)
		.bytes();
}

inline Buffer encode(const core::netlink::Address& address, std::uint32_t sequence, bool removed)
{
	ifaddrmsg body{};
	body.ifa_family = static_cast<std::uint8_t>(address.address.family());
	body.ifa_flags = address.tentative ? IFA_F_TENTATIVE : 0;
	body.ifa_index = address.index;
	return NetlinkMessage{removed ? std::uint16_t{RTM_DELADDR} : std::uint16_t{RTM_NEWADDR}, sequence, body}
		.attribute(IFA_ADDRESS, address.address)
		.bytes();
}

inline Buffer encode(const core::netlink::Route& route, std::uint32_t sequence, bool removed)
{
	rtmsg body{};
	body.rtm_family = static_cast<std::uint8_t>(route.family);
	body.rtm_dst_len = static_cast<std::uint8_t>(route.prefix);
	body.rtm_type = route.forwarding ? RTN_UNICAST : RTN_BLACKHOLE;
	return NetlinkMessage{removed ? std::uint16_t{RTM_DELROUTE} : std::uint16_t{RTM_NEWROUTE}, sequence, body}
		.attribute(RTA_OIF, route.index)
		.attribute(RTA_GATEWAY, route.gateway)
		.attribute(RTA_PREFSRC, route.source)
		.bytes();
}

inline Buffer encode(const core::netlink::Done&, std::uint32_t sequence, bool)
{
	return NetlinkMessage{NLMSG_DONE, sequence, std::int32_t{0}}.bytes();
}

inline Buffer encode(const core::netlink::Error& error, std::uint32_t sequence, bool)
{
	return NetlinkMessage{NLMSG_ERROR, sequence, std::int32_t{-error.code}}.bytes();
}

inline Buffer encode(const core::netlink::Other&, std::uint32_t sequence, bool)
{
	return NetlinkMessage{NLMSG_NOOP, sequence, std::int32_t{0}}.bytes();
}

inline Buffer encode(const core::netlink::Message& message)
{
	return std::visit([&message](const auto& content)
		{ return encode(content, message.sequence, message.removed); },
		message.content);
}

}
