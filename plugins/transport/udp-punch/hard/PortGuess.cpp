#include "plugins/transport/udp-punch/hard/PortGuess.h"

#include <algorithm>

#include "plugins/transport/udp-punch/hard/HardTiming.h"

namespace gimlet::udp_punch::hard
{

namespace
{

/// RFC 4787, section 4.2.1, REQ-3: a NAT should give a port of 1024 to 65535 to one that is of these itself.
constexpr std::uint32_t LEAST_PORT = 1024;
constexpr std::uint32_t MOST_PORT = 65535;

/// Random numbers until one is free: of so few that are left the list is walked instead.
constexpr int DRAWS = 64;

}

std::optional<std::pair<std::uint16_t, std::uint16_t>> blockOf(const NatBehaviour& nat)
{
	if (nat.ports.size() < BLOCK_SAMPLES)
		return std::nullopt;
	const auto [least, most] = std::minmax_element(nat.ports.begin(), nat.ports.end());
	if (static_cast<unsigned>(*most - *least) > BLOCK_SPAN)
		return std::nullopt;
	return std::pair{*least, *most};
}

std::optional<std::uint16_t> ahead(const NatBehaviour& nat, int mappings)
{
	if (nat.assignment != PortAssignment::Sequential || nat.ports.empty() || nat.step == 0)
		return std::nullopt;
	const auto port = std::int64_t{nat.ports.back()} + std::int64_t{nat.step} * mappings;
	if (port < LEAST_PORT || port > MOST_PORT)
		return std::nullopt;
	return static_cast<std::uint16_t>(port);
}

PortGuess::PortGuess(const NatBehaviour& nat, Below below) :
	_below(std::move(below)), _left(MOST_PORT - LEAST_PORT + 1)
{
	for (int mappings = 1; mappings <= WALK; ++mappings)
		if (const auto port = ahead(nat, mappings))
			add(*port);
	if (const auto block = blockOf(nat))
	{
		// Nobody knows where in the block they lie: it may reach as far on either side.
		const std::int64_t span = std::max<std::int64_t>(block->second - block->first, 32);
		const auto sequence = _likely.size();
		for (std::int64_t port = block->first - span; port <= block->second + span; ++port)
			add(port);
		for (auto size = _likely.size() - sequence; size > 1; --size)
			std::swap(
				_likely[sequence + size - 1], _likely[sequence + _below(static_cast<std::uint32_t>(size))]);
	}
	std::reverse(_likely.begin(), _likely.end());
	_tried.reset();
}

void PortGuess::add(std::int64_t port)
{
	if (port < LEAST_PORT || port > MOST_PORT || _tried[static_cast<std::size_t>(port)])
		return;
	_tried.set(static_cast<std::size_t>(port));
	_likely.push_back(static_cast<std::uint16_t>(port));
}

std::optional<std::uint16_t> PortGuess::next()
{
	if (_left == 0)
		return std::nullopt;
	--_left;
	if (!_likely.empty())
	{
		const auto port = _likely.back();
		_likely.pop_back();
		_tried.set(port);
		return port;
	}
	std::uint32_t port = 0;
	int draws = 0;
	do
		port = LEAST_PORT + _below(MOST_PORT - LEAST_PORT + 1);
	while (_tried[port] && ++draws < DRAWS);
	while (_tried[port])
		port = port == MOST_PORT ? LEAST_PORT : port + 1;
	_tried.set(port);
	return static_cast<std::uint16_t>(port);
}

}
