#include "plugins/discovery/port-mapping/Gateway.h"

#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "node/api/Descriptor.h"

namespace gimlet::port_mapping
{

namespace
{

/// As proc(5) writes it: the 32 bits as the machine holds them, in hexadecimal.
std::optional<std::uint32_t> hexadecimal(const std::string& text)
{
	std::uint32_t value = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
	if (error != std::errc{} || end != text.data() + text.size())
		return std::nullopt;
	return value;
}

/// The address from which the kernel would send there. Nothing is sent.
Endpoint sourceTowards(const Endpoint& remote)
{
	const Descriptor descriptor{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	sockaddr_storage address{};
	auto length = remote.toSockaddr(address);
	if (!descriptor || connect(descriptor.value(), reinterpret_cast<sockaddr*>(&address), length) != 0)
		return {};
	length = sizeof address;
	if (getsockname(descriptor.value(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
		return {};
	return Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&address)).withPort(0);
}

}

std::optional<Endpoint> defaultRouter(std::string_view routes)
{
	constexpr std::uint32_t HAS_GATEWAY = 2; // RTF_GATEWAY
	std::optional<Endpoint> best;
	auto bestMetric = std::numeric_limits<std::uint32_t>::max();
	std::istringstream lines{std::string{routes}};
	std::string line;
	while (std::getline(lines, line))
	{
		std::istringstream fields{line};
		std::string interface, destination, router, flags, references, use, metric, mask;
		fields >> interface >> destination >> router >> flags >> references >> use >> metric >> mask;
		const auto to = hexadecimal(destination);
		const auto through = hexadecimal(mask);
		const auto by = hexadecimal(router);
		const auto how = hexadecimal(flags);
		std::uint32_t cost = 0;
		std::from_chars(metric.data(), metric.data() + metric.size(), cost);
		if (!to || *to != 0 || !through || *through != 0 || !by || *by == 0 || !how ||
			(*how & HAS_GATEWAY) == 0 || (best && cost >= bestMetric))
			continue;
		std::array<std::uint8_t, 4> bytes{};
		static_assert(sizeof *by == bytes.size());
		std::memcpy(bytes.data(), &*by, bytes.size());
		best = Endpoint::fromBytes(bytes, 0);
		bestMetric = cost;
	}
	return best;
}

std::optional<Gateway> findGateway(const std::optional<Endpoint>& given)
{
	auto router = given;
	if (!router)
	{
		std::ifstream file("/proc/net/route");
		std::ostringstream text;
		text << file.rdbuf();
		router = defaultRouter(text.str());
	}
	if (!router)
		return std::nullopt;
	const auto client = sourceTowards(router->withPort(9));
	if (!client.valid() || client.isUnspecified())
		return std::nullopt;
	return Gateway{router->withPort(0), client};
}

}
