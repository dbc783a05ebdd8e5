#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "node/api/Settings.h"

namespace gimlet::udp_punch
{

/// UDP ports that a firewall lets through: "40000-40100".
struct PortRange
{
	/// Trying a port takes 10 us; of more than that nobody asks for the first free one.
	static constexpr unsigned MOST = 4096;

	std::uint16_t first = 0;
	std::uint16_t last = 0;

	friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// "40000-40100" or "40000": from 1 on, ascending, at most PortRange::MOST ports. Empty if it is anything
/// else.
std::optional<PortRange> parsePortRange(std::string_view text);

/// The address with another port.
ListenAddress withPort(const ListenAddress& address, std::uint16_t port);

/// Opens something at an address, at the first port of the range that is free.
/// @param open Takes a ListenAddress; throws std::system_error.
/// @throws std::system_error What open threw: std::errc::address_in_use if all ports are taken.
template <typename Open>
std::invoke_result_t<Open, ListenAddress> openFirstFree(
	const ListenAddress& address, const PortRange& range, Open&& open)
{
	for (std::uint16_t port = range.first;; ++port)
	{
		try
		{
			return open(withPort(address, port));
		}
		catch (const std::system_error& error)
		{
			if (error.code() != std::errc::address_in_use || port == range.last)
				throw;
		}
	}
}

}
