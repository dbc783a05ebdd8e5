#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "node/api/Port.h"
#include "tests/sim/net/HostLoop.h"
#include "tests/sim/net/Network.h"

namespace gimlet::sim
{

class Host;

/// A UDP socket of a host. Must not outlive it; closes when it is destroyed.
class SimPort final : public Port
{
public:
	using Receiver = std::function<void(ByteView datagram, const Path& path, TimePoint now)>;

	/// Host::open makes them.
	SimPort(Host& host, const Endpoint& local) : _host(host), _local(local) {}
	SimPort(const SimPort&) = delete;
	SimPort& operator=(const SimPort&) = delete;
	~SimPort() override;

	/// Who gets what arrives; it may destroy the port.
	Receiver receiver;
	/// Of what is sent.
	int ttl = 64;

	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return _local;
	}
	bool supports(int family) const override;
	/// False when there is no way there, or the datagram is longer than the first link's MTU.
	bool send(ByteView datagram, const Endpoint& remote) override;
	bool sendFrom(const Endpoint& local, ByteView datagram, const Endpoint& remote) override;
	bool sendHops(ByteView datagram, const Endpoint& remote, unsigned hops) override;

private:
	Host& _host;
	Endpoint _local;
};

/// A machine with one or several plugs and addresses, a loop, and UDP sockets.
class Host : public Device
{
public:
	Host(Agenda& agenda, PacketLog& log, Random random, std::string name) :
		_agenda(agenda), _log(log), _random(random), _name(std::move(name)), _loop(agenda)
	{
	}

	const std::string& name() const
	{
		return _name;
	}
	EventLoop& loop()
	{
		return _loop;
	}
	Random& random()
	{
		return _random;
	}

	/// Another plug. The first that has an address of a family is the way to what is on none of its networks.
	Interface& plugIn(Network& network);
	std::deque<Interface>& interfaces()
	{
		return _interfaces;
	}
	/// All, with port 0.
	std::vector<Endpoint> addresses() const;

	/// Binds: to one of the addresses, to 0.0.0.0, or to [::], which serves both families. Port 0 takes any.
	/// @throws std::invalid_argument if it is taken or not the host's.
	std::unique_ptr<SimPort> open(const Endpoint& local);
	std::unique_ptr<SimPort> open(std::string_view local);

	void receive(Interface& on, PacketPtr packet) override;

private:
	friend class SimPort;
	bool send(const SimPort& from, const Endpoint& local, ByteView datagram, const Endpoint& remote);
	Interface* interfaceFor(const Endpoint& local, const Endpoint& remote);
	bool owns(const Endpoint& address) const;
	SimPort* portFor(const Endpoint& destination) const;

	Agenda& _agenda;
	PacketLog& _log;
	Random _random;
	std::string _name;
	HostLoop _loop;
	/// A deque, for they stay where they are.
	std::deque<Interface> _interfaces;
	std::map<Endpoint, SimPort*> _ports;
};

}
