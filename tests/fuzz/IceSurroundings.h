#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "node/api/Port.h"
#include "plugins/transport/udp-punch/description/Description.h"

/// The surroundings of a fuzzed ICE agent: three ports, and a peer of several names and addresses.
namespace gimlet::fuzz
{

struct FuzzPort : Port
{
	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return Endpoint::any(AF_INET, 1000);
	}
	bool supports(int) const override
	{
		return true;
	}
	bool send(ByteView, const Endpoint&) override
	{
		return false;
	}
};

/// A request of the agent.
struct Asked
{
	Buffer bytes;
	Path path;
};

/// Of the port with that number; the third speaks IPv6.
inline Endpoint ours(std::size_t port)
{
	return Endpoint::parseAddress(
		port == 2 ? "2001:db8::1" : "192.0.2.1", static_cast<std::uint16_t>(1000 + port))
		.value();
}

/// A few addresses of the peer, among them such as nobody may name.
inline Endpoint theirs(std::uint8_t choice, bool six)
{
	const auto port = static_cast<std::uint16_t>(2000 + choice / 4);
	if (six)
		return Endpoint::parseAddress(choice & 1U ? "2001:db8::2" : "64:ff9b::a9fe:a9fe", port).value();
	static constexpr std::array ADDRESSES{"192.0.2.2", "198.51.100.2", "127.0.0.1", "169.254.169.254"};
	return Endpoint::parseAddress(ADDRESSES.at(choice % 4), port).value();
}

/// Its credentials: those of three restarts.
inline udp_punch::IceCredentials peer(unsigned number)
{
	return {"peer" + std::to_string(number), "password-of-peer-00000" + std::to_string(number)};
}

}
