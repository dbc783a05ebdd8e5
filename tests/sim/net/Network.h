#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/net/Link.h"

namespace gimlet::sim
{

class Network;
class Interface;

/// What is plugged into networks: a host or a router.
class Device
{
public:
	virtual ~Device() = default;

	virtual void receive(Interface& on, PacketPtr packet) = 0;
};

/// A device's plug in a network: a link each way. Owned by the device; stays where it is.
class Interface
{
public:
	Interface(Device& device, Network& network, std::string name);
	Interface(const Interface&) = delete;
	Interface& operator=(const Interface&) = delete;
	~Interface();

	const std::string& name() const
	{
		return _name;
	}
	Network& network() const
	{
		return _network;
	}

	/// With port 0. The network delivers here what is sent to them.
	const std::vector<Endpoint>& addresses() const
	{
		return _addresses;
	}
	/// @throws std::invalid_argument if somebody has it.
	void add(const Endpoint& address);
	void remove(const Endpoint& address);
	/// Whether the address is one of its own.
	bool has(const Endpoint& address) const;

	/// Both directions at once.
	void set(const LinkSettings& settings)
	{
		up.settings = settings;
		down.settings = settings;
	}
	void plug(bool plugged)
	{
		up.settings.plugged = plugged;
		down.settings.plugged = plugged;
	}

private:
	Device& _device;
	Network& _network;
	std::string _name;
	std::vector<Endpoint> _addresses;

public:
	Link up;   ///< from the device into the network
	Link down; ///< from the network to the device
};

/// Something that joins interfaces: a LAN, or the internet. It delivers by address, and gives its gateway
/// what it does not know.
class Network
{
public:
	/// @param hops How many routers a packet passes on its way through.
	Network(Agenda& agenda, PacketLog& log, Random& random, std::string name, int hops);
	Network(const Network&) = delete;
	Network& operator=(const Network&) = delete;

	/// Whether a packet never arrives; for paths that die while others live.
	std::function<bool(const Packet&)> blocks;

	const std::string& name() const
	{
		return _name;
	}
	Agenda& agenda()
	{
		return _agenda;
	}
	PacketLog& log()
	{
		return _log;
	}
	Random& random()
	{
		return _random;
	}

	/// What has no address here goes there.
	void setGateway(Interface* gateway)
	{
		_gateway = gateway;
	}
	Interface* gateway() const
	{
		return _gateway;
	}

	/// Sends an address to an interface, which need not own it: the way to what is behind a router.
	void route(const Endpoint& address, Interface& to);
	void unroute(const Endpoint& address);
	bool knows(const Endpoint& address) const
	{
		return _routes.contains(address.withPort(0));
	}

private:
	friend class Interface;
	void deliver(const Interface& from, PacketPtr packet);

	Agenda& _agenda;
	PacketLog& _log;
	Random& _random;
	std::string _name;
	int _hops;
	Interface* _gateway = nullptr;
	std::map<Endpoint, Interface*> _routes;
};

}
