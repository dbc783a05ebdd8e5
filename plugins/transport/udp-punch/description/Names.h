#pragma once

#include <optional>
#include <string_view>

#include "plugins/transport/udp-punch/description/Description.h"

/// How the values of a description are called in JSON; what encoding and decoding share.
namespace gimlet::udp_punch
{

constexpr std::string_view DESCRIPTION = "description";
constexpr std::string_view TRICKLE = "trickle";
constexpr std::string_view PUNCH = "punch";

/// RFC 4145, section 4.
constexpr std::string_view toString(Setup setup)
{
	switch (setup)
	{
	case Setup::Active:
		return "active";
	case Setup::Passive:
		return "passive";
	case Setup::ActPass:
		break;
	}
	return "actpass";
}

constexpr std::optional<Setup> parseSetup(std::string_view text)
{
	for (const Setup setup : {Setup::ActPass, Setup::Active, Setup::Passive})
		if (text == toString(setup))
			return setup;
	return std::nullopt;
}

constexpr std::string_view toString(Punch::Step step)
{
	switch (step)
	{
	case Punch::Step::Propose:
		return "propose";
	case Punch::Step::Ready:
		return "ready";
	case Punch::Step::Tell:
		break;
	}
	return "tell";
}

constexpr std::optional<Punch::Step> parsePunchStep(std::string_view text)
{
	for (const auto step : {Punch::Step::Tell, Punch::Step::Propose, Punch::Step::Ready})
		if (text == toString(step))
			return step;
	return std::nullopt;
}

}
