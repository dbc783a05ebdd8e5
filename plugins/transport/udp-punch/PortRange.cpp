#include "plugins/transport/udp-punch/PortRange.h"

#include "plugins/transport/udp-punch/description/Grammar.h"

namespace gimlet::udp_punch
{

std::optional<PortRange> parsePortRange(std::string_view text)
{
	const auto dash = text.find('-');
	const auto first = parseNumber<std::uint16_t>(text.substr(0, dash), 5, 1);
	const auto last =
		dash == std::string_view::npos ? first : parseNumber<std::uint16_t>(text.substr(dash + 1), 5, 1);
	if (!first || !last || *last < *first || *last - *first >= static_cast<int>(PortRange::MOST))
		return std::nullopt;
	return PortRange{*first, *last};
}

ListenAddress withPort(const ListenAddress& address, std::uint16_t port)
{
	auto result = address;
	result.port = port;
	if (result.endpoint)
		result.endpoint = result.endpoint->withPort(port);
	return result;
}

}
