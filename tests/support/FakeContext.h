#pragma once

#include <prometheus/registry.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "node/api/Transport.h"
#include "tests/support/ManualLoop.h"

namespace gimlet::test
{

/// What a discovery reported, as text: "found server-reflexive 192.0.2.1:7", "done", "mapping ...".
class RecordingDiscoveryHost final : public DiscoveryHost
{
public:
	void candidateFound(const Candidate& candidate) override;
	void candidateLost(const Candidate& candidate) override;
	void gatheringDone(Port& port) override;
	void mappingBehaviour(Port& port, MappingBehaviour behaviour, const std::string& detail) override;
	void publicAddress(const std::string& address, const std::string& source) override;

	std::vector<std::string> reports;
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

/// A context in virtual time for plugins whose every dependency a test sets itself. Asking for one that
/// was not set throws std::logic_error.
class FakeContext final : public Context
{
public:
	EventLoop& loop() override
	{
		return manualLoop;
	}
	Resolver& resolver() override
	{
		return required(fakeResolver);
	}
	StreamConnector& streams() override
	{
		return required(fakeStreams);
	}
	HttpHost& http() override
	{
		return required(fakeHttp);
	}
	Poco::Logger& logger() override
	{
		return Poco::Logger::get("test");
	}
	prometheus::Registry& metrics() override
	{
		return registry;
	}
	const std::string& dataDirectory() const override
	{
		return folder;
	}
	Node& node() override
	{
		return required(fakeNode);
	}
	DiscoveryHost& discoveryHost() override
	{
		return recordingDiscoveryHost;
	}
	SignalingHost& signalingHost() override
	{
		return required(fakeSignalingHost);
	}
	TransportHost& transportHost() override
	{
		return required(fakeTransportHost);
	}
	void setState(PluginState newState, const std::string& newReason) override
	{
		state = newState;
		reason = newReason;
	}
	void requestStop(int code, const std::string& why) override
	{
		exitCode = code;
		reason = why;
	}

	ManualLoop manualLoop;
	prometheus::Registry registry;
	RecordingDiscoveryHost recordingDiscoveryHost;
	Resolver* fakeResolver = nullptr;
	StreamConnector* fakeStreams = nullptr;
	HttpHost* fakeHttp = nullptr;
	Node* fakeNode = nullptr;
	SignalingHost* fakeSignalingHost = nullptr;
	TransportHost* fakeTransportHost = nullptr;
	std::string folder;
	PluginState state = PluginState::Stopped;
	std::string reason;
	int exitCode = -1;

private:
	template <typename Dependency>
	static Dependency& required(Dependency* dependency)
	{
		if (!dependency)
			throw std::logic_error("the test has not set this dependency");
		return *dependency;
	}
};

/// Settings as if they stood in an ini file; keys that are not named are absent.
Settings settings(const std::string& section, const std::map<std::string, std::string>& values);

/// Keeps problems as "[section] key: message".
class RecordingProblems final : public Problems
{
public:
	void add(const std::string& section, const std::string& key, const std::string& message) override
	{
		all.push_back("[" + section + "] " + key + ": " + message);
	}

	std::vector<std::string> all;
};

}
