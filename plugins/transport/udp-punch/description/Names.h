#pragma once

#include <optional>
#include <string_view>

#include "plugins/transport/udp-punch/description/Description.h"

/// How the values of a description are called in JSON; what encoding and decoding share.
namespace gimlet::udp_punch
{

constexpr std::string_view DESCRIPTION = "description";
constexpr std::string_view TRICKLE = "trickle";

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

}
