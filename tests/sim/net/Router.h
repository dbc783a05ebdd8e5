#pragma once

#include <string>
#include <vector>

#include "tests/sim/net/Nat.h"
#include "tests/sim/net/Network.h"

namespace gimlet::sim
{

/// A NAT between two networks, and the gateway of the inner one. Routers may stand behind each other.
class Router : public Device
{
public:
	Router(Network& outside, Network& inside, const std::vector<Endpoint>& publicAddresses,
		const NatModel& behaviour);

	void receive(Interface& on, PacketPtr packet) override;

	Interface& outside()
	{
		return _outside;
	}
	Interface& inside()
	{
		return _inside;
	}
	Nat& nat()
	{
		return _nat;
	}

private:
	void leave(PacketPtr packet);
	void enter(PacketPtr packet);
	void drop(const Packet& packet, const char* why);

	Interface _outside;
	Interface _inside;
	Nat _nat;
};

}
