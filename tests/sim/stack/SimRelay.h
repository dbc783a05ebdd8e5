#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "node/api/Port.h"
#include "tests/sim/net/Agenda.h"

namespace gimlet::sim
{

class SimRelay;

/// A member's session with a relay, as a port.
class RelayPort final : public Port
{
public:
	using Receiver = std::function<void(ByteView datagram, const Path& path)>;

	RelayPort(SimRelay& relay, const Endpoint& address, Receiver receiver);
	RelayPort(const RelayPort&) = delete;
	RelayPort& operator=(const RelayPort&) = delete;
	~RelayPort() override;

	PortKind kind() const override
	{
		return PortKind::Relay;
	}
	Endpoint localEndpoint() const override
	{
		return _address;
	}
	bool supports(int family) const override
	{
		return family == AF_INET6;
	}
	bool reaches(const Endpoint& remote) const override
	{
		return remote.isDiscardOnly() && !remote.sameAddress(_address);
	}
	bool send(ByteView datagram, const Endpoint& remote) override;

private:
	friend class SimRelay;

	SimRelay& _relay;
	Endpoint _address;
	Receiver _receiver;
	bool _connected = true;
};

/// A rendezvous' relay without its protocol: it brings datagrams from session to session, in order and with
/// delay, as TCP does. It can be taken away, and so can a member's connection to it.
class SimRelay
{
public:
	/// @param toServer One way between a member and the relay. From member to member it is twice as long.
	SimRelay(Agenda& agenda, Duration toServer) : _agenda(agenda), _toServer(toServer) {}

	/// A new session; at most 255. Must not outlive the relay.
	std::unique_ptr<RelayPort> open(RelayPort::Receiver receiver);

	/// What is sent while it is away is lost, and so is what is under way then.
	void setReachable(bool reachable);
	/// The same for one member.
	void setConnected(RelayPort& port, bool connected);

	std::uint64_t carried() const
	{
		return _carried;
	}

private:
	friend class RelayPort;
	bool forward(const RelayPort& from, ByteView datagram, const Endpoint& remote);

	Agenda& _agenda;
	Duration _toServer;
	bool _reachable = true;
	std::uint64_t _life = 1;
	std::uint64_t _carried = 0;
	std::uint8_t _last = 0;
	std::map<Endpoint, RelayPort*> _ports;
};

}
