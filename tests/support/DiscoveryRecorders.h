#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/api/Discovery.h"

namespace gimlet::test
{

/// What a discovery reported, as text: "found server-reflexive 192.0.2.1:7", "done", "mapping ...".
class RecordingDiscoveryHost final : public DiscoveryHost
{
public:
	void candidateFound(const Candidate& candidate) override
	{
		reports.push_back(
			std::string{"found "} + toString(candidate.type) + " " + candidate.endpoint.toString());
	}

	void candidateLost(const Candidate& candidate) override
	{
		reports.push_back(
			std::string{"lost "} + toString(candidate.type) + " " + candidate.endpoint.toString());
	}

	void gatheringDone(Port&) override
	{
		reports.emplace_back("done");
	}

	void mappingBehaviour(Port&, MappingBehaviour behaviour, const std::string&) override
	{
		reports.push_back(std::string{"mapping "} + toString(behaviour));
	}

	void natBehaviour(Port&, const NatBehaviour& behaviour) override
	{
		nats.push_back(behaviour);
	}

	void portOffered(Port& port) override
	{
		offered.push_back(&port);
	}

	void portWithdrawn(Port& port) override
	{
		std::erase(offered, &port);
	}

	void datagramReceived(ByteView datagram, const Path& path) override
	{
		received.emplace_back(path, Buffer(datagram.begin(), datagram.end()));
	}

	void publicAddress(const std::string& address, const std::string&) override
	{
		reports.push_back("public " + address);
	}

	std::vector<std::string> reports;
	std::vector<NatBehaviour> nats;
	std::vector<Port*> offered; ///< and not withdrawn
	std::vector<std::pair<Path, Buffer>> received;
};

/// A port that keeps what is sent through it.
class RecordingPort final : public Port
{
public:
	explicit RecordingPort(const Endpoint& local, bool v6 = false) : _local(local), _v6(v6) {}

	PortKind kind() const override
	{
		return PortKind::Udp;
	}

	Endpoint localEndpoint() const override
	{
		return _local;
	}

	bool supports(int family) const override
	{
		return family == AF_INET || _v6;
	}

	bool send(ByteView datagram, const Endpoint& remote) override
	{
		sent.emplace_back(remote, Buffer(datagram.begin(), datagram.end()));
		return true;
	}

	std::vector<std::pair<Endpoint, Buffer>> sent;

private:
	Endpoint _local;
	bool _v6;
};

}
