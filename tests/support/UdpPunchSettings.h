#pragma once

#include <map>
#include <string>

#include "tests/support/FakeContext.h"

namespace gimlet::test
{

/// Settings of udp-punch with the defaults that it declares, but on any port of loopback, and some values in
/// place of them.
inline Settings udpPunchSettings(const std::map<std::string, std::string>& given = {})
{
	std::map<std::string, std::string> values{{"listen", "127.0.0.1:0"}, {"port_range", ""},
		{"interfaces", "!docker*"}, {"ipv6", "yes"}, {"accept_unsigned", "no"}, {"max_message", "16M"},
		{"streams", "256"}, {"buffer", "8M"}, {"punch_sockets", "256"}, {"punch_probes", "1750"},
		{"punch_rate", "400"}, {"keepalive", "2"}, {"consent", "30"}};
	for (const auto& [key, value] : given)
		values[key] = value;
	return settings("udp-punch", values);
}

}
