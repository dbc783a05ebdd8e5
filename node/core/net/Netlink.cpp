#include "node/core/net/Netlink.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>
#include <map>
#include <optional>

namespace gimlet::core::netlink
{

namespace
{

/// netlink(7): messages and attributes begin at multiples of four.
constexpr std::size_t aligned(std::size_t length)
{
	return (length + 3) & ~std::size_t{3};
}

/// A structure of the kernel's at the beginning of some bytes; empty if they are too few.
template <typename T>
std::optional<T> read(ByteView bytes)
{
	if (bytes.size() < sizeof(T))
		return std::nullopt;
	T value;
	std::memcpy(&value, bytes.data(), sizeof value);
	return value;
}

ByteView behind(ByteView bytes, std::size_t length)
{
	return aligned(length) < bytes.size() ? bytes.subspan(aligned(length)) : ByteView{};
}

/// The attributes behind a structure; of one that is there twice the first counts.
class Attributes
{
public:
	explicit Attributes(ByteView bytes)
	{
		while (const auto head = read<rtattr>(bytes))
		{
			if (head->rta_len < sizeof *head || head->rta_len > bytes.size())
				return;
			_values.emplace(head->rta_type, bytes.subspan(sizeof *head, head->rta_len - sizeof *head));
			bytes = behind(bytes, head->rta_len);
		}
	}

	unsigned number(unsigned short type) const
	{
		return read<std::uint32_t>(bytes(type)).value_or(0);
	}

	Endpoint address(unsigned short type, int family) const
	{
		const auto value = bytes(type);
		const auto address = Endpoint::fromBytes(value, 0);
		return address.family() == family ? address : Endpoint{};
	}

	std::string text(unsigned short type) const
	{
		const auto value = asText(bytes(type)).substr(0, IFNAMSIZ);
		return std::string{value.substr(0, value.find('\0'))};
	}

private:
	ByteView bytes(unsigned short type) const
	{
		const auto found = _values.find(type);
		return found == _values.end() ? ByteView{} : found->second;
	}

	std::map<unsigned short, ByteView> _values;
};

bool isInternet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

std::optional<Link> readLink(ByteView body)
{
	const auto info = read<ifinfomsg>(body);
	if (!info || info->ifi_index <= 0)
		return std::nullopt;
	const Attributes attributes{behind(body, sizeof *info)};
	return Link{.index = static_cast<unsigned>(info->ifi_index),
		.name = attributes.text(IFLA_IFNAME),
		.up = (info->ifi_flags & IFF_UP) != 0,
		.running = (info->ifi_flags & IFF_RUNNING) != 0,
		.mtu = attributes.number(IFLA_MTU)};
}

std::optional<Address> readAddress(ByteView body)
{
	const auto info = read<ifaddrmsg>(body);
	if (!info || !isInternet(info->ifa_family))
		return std::nullopt;
	const Attributes attributes{behind(body, sizeof *info)};
	// On a link to one other machine IFA_ADDRESS is that machine's.
	auto address = attributes.address(IFA_LOCAL, info->ifa_family);
	if (!address.valid())
		address = attributes.address(IFA_ADDRESS, info->ifa_family);
	if (!address.valid())
		return std::nullopt;
	return Address{.index = info->ifa_index,
		.address = address,
		.tentative = (info->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0};
}

std::optional<Route> readRoute(ByteView body)
{
	const auto info = read<rtmsg>(body);
	if (!info || !isInternet(info->rtm_family))
		return std::nullopt;
	const Attributes attributes{behind(body, sizeof *info)};
	return Route{.family = info->rtm_family,
		.prefix = info->rtm_dst_len,
		.forwarding = info->rtm_type == RTN_UNICAST && info->rtm_table != RT_TABLE_LOCAL,
		.index = attributes.number(RTA_OIF),
		.gateway = attributes.address(RTA_GATEWAY, info->rtm_family),
		.source = attributes.address(RTA_PREFSRC, info->rtm_family)};
}

template <typename T>
decltype(Message::content) orOther(std::optional<T> content)
{
	if (content)
		return *std::move(content);
	return Other{};
}

decltype(Message::content) readContent(std::uint16_t type, ByteView body)
{
	switch (type)
	{
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return orOther(readLink(body));
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return orOther(readAddress(body));
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return orOther(readRoute(body));
	case NLMSG_DONE:
		return Done{};
	case NLMSG_ERROR:
		// The kernel's code is a negative errno; there is none for INT_MIN.
		if (const auto code = read<std::int32_t>(body); code && *code <= 0 && *code > -4096)
			return Error{-*code};
		return Other{};
	default:
		return Other{};
	}
}

template <typename T>
void append(Buffer& out, const T& value)
{
	const auto at = out.size();
	out.resize(at + aligned(sizeof value));
	std::memcpy(out.data() + at, &value, sizeof value);
}

void appendAttribute(Buffer& out, unsigned short type, ByteView value)
{
	const rtattr head{
		.rta_len = static_cast<unsigned short>(sizeof(rtattr) + value.size()), .rta_type = type};
	append(out, head);
	out.insert(out.end(), value.begin(), value.end());
	out.resize(aligned(out.size()));
}

template <typename T>
Buffer question(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, const T& body)
{
	Buffer out;
	append(out, nlmsghdr{.nlmsg_len = 0,
					.nlmsg_type = type,
					.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
					.nlmsg_seq = sequence,
					.nlmsg_pid = 0});
	append(out, body);
	return out;
}

Buffer finished(Buffer out)
{
	const auto length = static_cast<std::uint32_t>(out.size());
	std::memcpy(out.data(), &length, sizeof length);
	return out;
}

}

std::vector<Message> decode(ByteView datagram)
{
	std::vector<Message> messages;
	while (const auto head = read<nlmsghdr>(datagram))
	{
		if (head->nlmsg_len < sizeof *head || head->nlmsg_len > datagram.size())
			break;
		const auto body = datagram.subspan(sizeof *head, head->nlmsg_len - sizeof *head);
		messages.push_back({.sequence = head->nlmsg_seq,
			.removed = head->nlmsg_type == RTM_DELLINK || head->nlmsg_type == RTM_DELADDR ||
					   head->nlmsg_type == RTM_DELROUTE,
			.content = readContent(head->nlmsg_type, body)});
		datagram = behind(datagram, head->nlmsg_len);
	}
	return messages;
}

Buffer askAddresses(std::uint32_t sequence)
{
	return finished(question(RTM_GETADDR, NLM_F_DUMP, sequence, ifaddrmsg{}));
}

Buffer askLink(std::uint32_t sequence, unsigned index)
{
	ifinfomsg body{};
	body.ifi_index = static_cast<int>(index);
	auto out = question(RTM_GETLINK, 0, sequence, body);
	constexpr std::uint32_t MASK = RTEXT_FILTER_SKIP_STATS;
	appendAttribute(out, IFLA_EXT_MASK, {reinterpret_cast<const std::uint8_t*>(&MASK), sizeof MASK});
	return finished(std::move(out));
}

Buffer askRoute(std::uint32_t sequence, const Endpoint& destination)
{
	rtmsg body{};
	body.rtm_family = static_cast<unsigned char>(destination.family());
	body.rtm_dst_len = static_cast<unsigned char>(destination.address().size() * 8);
	auto out = question(RTM_GETROUTE, 0, sequence, body);
	appendAttribute(out, RTA_DST, destination.address());
	return finished(std::move(out));
}

}
