#include "tests/natlab/box/BoxSettings.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace gimlet::natlab
{

namespace
{

using Name = std::string_view;

template <typename Value>
Value oneOf(Name value, std::initializer_list<std::pair<Name, Value>> names)
{
	for (const auto& [name, meaning] : names)
	{
		if (name == value)
			return meaning;
	}
	throw std::invalid_argument{"unknown value"};
}

template <typename Number>
Number number(Name value)
{
	Number result{};
	const auto* end = value.data() + value.size();
	if (const auto [rest, error] = std::from_chars(value.data(), end, result);
		error != std::errc{} || rest != end)
		throw std::invalid_argument{"not a number"};
	return result;
}

sim::Dependence dependence(Name value)
{
	return oneOf<sim::Dependence>(value,
		{{"endpoint", sim::Dependence::EndpointIndependent}, {"address", sim::Dependence::AddressDependent},
			{"port", sim::Dependence::AddressAndPortDependent}});
}

sim::PortAllocation allocation(Name value)
{
	return oneOf<sim::PortAllocation>(
		value, {{"preserving", sim::PortAllocation::Preserving},
				   {"sequential", sim::PortAllocation::Sequential}, {"random", sim::PortAllocation::Random}});
}

bool yes(Name value)
{
	return oneOf<bool>(value, {{"yes", true}, {"no", false}});
}

void setPorts(sim::NatModel& nat, Name value)
{
	const auto dash = value.find('-');
	nat.firstPort = number<std::uint16_t>(value.substr(0, dash));
	nat.lastPort = number<std::uint16_t>(dash == Name::npos ? value : value.substr(dash + 1));
	if (nat.firstPort == 0 || nat.lastPort < nat.firstPort)
		throw std::invalid_argument{"no ports"};
}

Duration seconds(Name value)
{
	return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{number<double>(value)});
}

void setLoss(BoxSettings& settings, Name value)
{
	settings.loss = number<double>(value) / 100;
	if (settings.loss < 0 || settings.loss > 1)
		throw std::invalid_argument{"no percentage"};
}

void setKey(BoxSettings& settings, Name key, Name value)
{
	auto& nat = settings.nat;
	if (key == "mapping")
		nat.mapping = dependence(value);
	else if (key == "filtering")
		nat.filtering = dependence(value);
	else if (key == "allocation")
		nat.allocation = allocation(value);
	else if (key == "ports")
		setPorts(nat, value);
	else if (key == "pooling")
		nat.pooling = oneOf<sim::Pooling>(
			value, {{"paired", sim::Pooling::Paired}, {"arbitrary", sim::Pooling::Arbitrary}});
	else if (key == "stray")
		nat.stray =
			oneOf<sim::Stray>(value, {{"dropped", sim::Stray::Dropped}, {"planted", sim::Stray::Planted}});
	else if (key == "hairpin")
		nat.hairpin = yes(value);
	else if (key == "idle")
		nat.idleTimeout = seconds(value);
	else if (key == "absolute")
		nat.absoluteTimeout = value == "0" ? std::nullopt : std::optional{seconds(value)};
	else if (key == "delay")
		settings.delay = seconds(value) / 1000;
	else if (key == "tcp_delay")
		settings.tcpDelay = seconds(value) / 1000;
	else if (key == "loss")
		setLoss(settings, value);
	else if (key == "hops")
		settings.hops = number<unsigned>(value);
	else if (key == "udp")
		settings.udp = yes(value);
	else
		throw std::invalid_argument{"unknown key"};
}

}

void BoxSettings::set(std::string_view text)
{
	const auto equals = text.find('=');
	try
	{
		setKey(*this, text.substr(0, equals), equals == Name::npos ? Name{} : text.substr(equals + 1));
	}
	catch (const std::invalid_argument& error)
	{
		throw std::invalid_argument{fmt::format("{}: {}", text, error.what())};
	}
}

}
