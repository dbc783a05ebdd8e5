#include "node/core/net/NetworkState.h"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <system_error>
#include <tuple>

#include <sys/socket.h>

#include "node/api/Descriptor.h"
#include "node/core/net/Netlink.h"

namespace gimlet::core
{

namespace
{

/// Somewhere in the Internet: root name servers (a.root-servers.net), whose addresses are the last to change.
/// Nothing is ever sent there; the kernel is asked how it would be.
Endpoint farAway(int family)
{
	return *Endpoint::parse(family == AF_INET ? "198.41.0.4:53" : "[2001:503:ba3e::2:30]:53");
}

/// A list of addresses has no more parts than this; at 20 addresses and more a part, no machine has so many.
constexpr int MAX_PARTS = 4096;

/// Asks questions of the kernel, one after another. Answers are there when the question has been put, so
/// nothing is waited for.
class Questions
{
public:
	/// @throws std::system_error
	Questions() : _socket(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE))
	{
		if (!_socket)
			throw std::system_error(errno, std::generic_category(), "no netlink socket");
	}

	std::vector<netlink::Address> addresses()
	{
		std::vector<netlink::Address> result;
		ask(netlink::askAddresses(++_sequence), true,
			[&](const auto& content)
			{
				if (const auto* address = std::get_if<netlink::Address>(&content))
					result.push_back(*address);
			});
		return result;
	}

	std::optional<netlink::Link> link(unsigned index)
	{
		return one<netlink::Link>(netlink::askLink(++_sequence, index));
	}

	std::optional<netlink::Route> route(const Endpoint& destination)
	{
		auto route = one<netlink::Route>(netlink::askRoute(++_sequence, destination));
		return route && route->forwarding ? route : std::nullopt;
	}

private:
	using Take = std::function<void(const decltype(netlink::Message::content)&)>;

	template <typename T>
	std::optional<T> one(const Buffer& question)
	{
		std::optional<T> result;
		ask(question, false,
			[&result](const auto& content)
			{
				if (const auto* match = std::get_if<T>(&content))
					result = *match;
			});
		return result;
	}

	/// @param list Whether the answer is a list, which has an end of its own.
	/// @throws std::system_error when the kernel will not be asked; a refusal is an answer without content.
	void ask(const Buffer& question, bool list, const Take& take)
	{
		if (send(_socket.value(), question.data(), question.size(), 0) < 0)
			throw std::system_error(errno, std::generic_category(), "asking netlink");
		for (int part = 0; part < MAX_PARTS; ++part)
		{
			const auto length = recv(_socket.value(), _space.data(), _space.size(), 0);
			if (length < 0)
				throw std::system_error(errno, std::generic_category(), "reading netlink");
			for (const auto& message : netlink::decode({_space.data(), static_cast<std::size_t>(length)}))
			{
				if (message.sequence != _sequence)
					continue;
				if (std::holds_alternative<netlink::Done>(message.content))
					return;
				if (const auto* error = std::get_if<netlink::Error>(&message.content))
					return refused(error->code, list);
				take(message.content);
				if (!list)
					return;
			}
		}
	}

	/// That there is no such route or link is an answer. A list is refused only where netlink as such is.
	static void refused(int code, bool list)
	{
		if (list)
			throw std::system_error(code, std::generic_category(), "netlink");
	}

	Descriptor _socket;
	std::uint32_t _sequence = 0;
	Buffer _space = Buffer(netlink::MAX_DATAGRAM);
};

bool isUsable(const Endpoint& address)
{
	return !address.isUnspecified() && !address.isLoopback() && !address.isLinkLocal() &&
		   !address.isMulticast();
}

void order(std::vector<HostAddress>& addresses)
{
	std::sort(addresses.begin(), addresses.end(),
		[](const HostAddress& left, const HostAddress& right)
		{ return std::tie(left.interface, left.address) < std::tie(right.interface, right.address); });
}

/// Links, each asked for once. Only those that have an address are: a machine with containers has a thousand
/// more.
class Links
{
public:
	explicit Links(Questions& questions) : _questions(questions) {}

	/// Null if there is none, or it is switched off.
	const netlink::Link* up(unsigned index)
	{
		auto known = _links.find(index);
		if (known == _links.end())
			known = _links.emplace(index, _questions.link(index)).first;
		return known->second && known->second->up ? &*known->second : nullptr;
	}

private:
	Questions& _questions;
	std::map<unsigned, std::optional<netlink::Link>> _links;
};

std::optional<NetworkState::Way> wayTo(const Endpoint& destination, Questions& questions, Links& links)
{
	const auto route = questions.route(destination);
	const auto* link = route ? links.up(route->index) : nullptr;
	// A default route stays when the cable is drawn.
	if (!link || !link->running || route->source.isLoopback())
		return std::nullopt;
	return NetworkState::Way{.interface = link->name,
		.index = link->index,
		.gateway = route->gateway,
		.source = route->source,
		.mtu = link->mtu};
}

/// Connecting a UDP socket sends nothing, but chooses the address to send from.
std::optional<NetworkState::Way> guessWayTo(const Endpoint& destination)
{
	const Descriptor probe{socket(destination.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	sockaddr_storage address{};
	const auto length = destination.toSockaddr(address);
	if (!probe || connect(probe.value(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
		return std::nullopt;
	socklen_t size = sizeof address;
	if (getsockname(probe.value(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
		return std::nullopt;
	const auto source = Endpoint::fromSockaddr(reinterpret_cast<const sockaddr*>(&address)).withPort(0);
	if (!isUsable(source))
		return std::nullopt;
	return NetworkState::Way{.interface = "", .gateway = {}, .source = source};
}

/// @param missed Whether it is a pity that there is none.
NetworkFact factOf(const std::string& topic, const std::optional<NetworkState::Way>& way, bool missed)
{
	if (!way)
		return {.topic = topic,
			.verdict = missed ? NetworkFact::Verdict::Bad : NetworkFact::Verdict::Unknown,
			.text = "no way to the Internet"};
	const auto source = way->source.addressString();
	return {.topic = topic,
		.verdict = NetworkFact::Verdict::Good,
		.text = way->interface.empty() ? fmt::format("sends from {}", source)
									   : fmt::format("sends from {} by {}", source, way->interface),
		.value = source};
}

}

std::optional<NetworkState> readNetworkState(std::string& error)
try
{
	Questions questions;
	Links links{questions};
	NetworkState state;
	for (const auto& [index, address, tentative] : questions.addresses())
		if (const auto* link = !tentative && isUsable(address) ? links.up(index) : nullptr)
			state.addresses.push_back({link->name, address});
	order(state.addresses);
	state.ipv4 = wayTo(farAway(AF_INET), questions, links);
	state.ipv6 = wayTo(farAway(AF_INET6), questions, links);
	return state;
}
catch (const std::system_error& failure)
{
	error = failure.what();
	return std::nullopt;
}

NetworkState guessNetworkState()
{
	NetworkState state;
	for (auto& host : interfaceAddresses())
		if (isUsable(host.address))
			state.addresses.push_back(std::move(host));
	order(state.addresses);
	state.ipv4 = guessWayTo(farAway(AF_INET));
	state.ipv6 = guessWayTo(farAway(AF_INET6));
	return state;
}

std::vector<NetworkFact> networkFacts(const NetworkState& state)
{
	std::vector<NetworkFact> facts{factOf("ipv4", state.ipv4, true), factOf("ipv6", state.ipv6, !state.ipv4)};
	const auto& way = state.ipv4 ? state.ipv4 : state.ipv6;
	// RFC 8200, section 5: what every link of IPv6 takes.
	constexpr unsigned LEAST = 1280;
	const bool known = way && way->mtu > 0;
	facts.push_back(
		known ? NetworkFact{.topic = "mtu",
					.verdict = way->mtu >= LEAST ? NetworkFact::Verdict::Good : NetworkFact::Verdict::Bad,
					.text = fmt::format("{} bytes on {}", way->mtu, way->interface),
					.value = std::to_string(way->mtu)}
			  : NetworkFact{.topic = "mtu", .text = {}});
	return facts;
}

}
