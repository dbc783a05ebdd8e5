#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/EventLoop.h"
#include "plugins/discovery/stun/GatherMachine.h"
#include "tests/sim/net/Host.h"

namespace gimlet::sim
{

/// One UDP port of a simulated node with discovery through it, as the node and its stun plugin do it: the
/// host's addresses, and what the plugin's own machine finds.
class Ports
{
public:
	/// Whom it tells, on the host's loop.
	struct User
	{
		std::function<void(const Candidate&)> found;
		std::function<void(const Candidate&)> lost;
		/// A datagram that is no answer to discovery.
		std::function<void(ByteView datagram, const Path& path)> received;
		/// What is known of the NATs has changed; may be empty.
		std::function<void(const NatBehaviour&)> nat{};
	};

	/// @param local "[::]:8081" is what a node has. @param stunServers May be empty.
	Ports(Host& host, std::string_view local, const std::vector<Endpoint>& stunServers, User user);
	Ports(const Ports&) = delete;
	Ports& operator=(const Ports&) = delete;

	SimPort& port()
	{
		return *_port;
	}
	/// All that holds now.
	const std::vector<Candidate>& candidates() const
	{
		return _candidates;
	}
	/// What the machine says of the NAT.
	MappingBehaviour mapping() const
	{
		return _mapping;
	}

	/// All that it says of the NAT, whenever that has changed.
	const NatBehaviour& nat() const
	{
		return _machine->nat();
	}
	/// Whether it has found out all that it can.
	bool natComplete() const
	{
		return _natComplete;
	}

	/// The host's addresses have changed: what is new is found, what is gone is lost, servers are asked anew.
	void refresh();

	/// Looks where the ports of a NAT stand that makes a mapping for each destination.
	void sampleNat();

private:
	void add(const Candidate& candidate);
	void remove(const Candidate& candidate);
	void received(ByteView datagram, const Path& path);
	void serve();
	void serveLook();
	void tell(const stun_discovery::Event& event);

	Host& _host;
	std::unique_ptr<SimPort> _port;
	User _user;
	stun_discovery::Random _random;
	std::optional<stun_discovery::GatherMachine> _machine;
	Timer _timer;
	std::optional<stun_discovery::FreshLook> _look;
	std::unique_ptr<SimPort> _lookPort;
	Timer _lookTimer;
	std::vector<Candidate> _candidates;
	MappingBehaviour _mapping = MappingBehaviour::Unknown;
	bool _natComplete = false;
};

}
