#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/ice/Agent.h"

/// Two agents joined by queues in virtual time.
namespace gimlet::udp_punch::ice::test
{

using namespace std::chrono_literals;

struct FakePort : Port
{
	explicit FakePort(Endpoint bound) : local(bound) {}

	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return local;
	}
	bool supports(int family) const override
	{
		return family == local.family();
	}
	bool send(ByteView, const Endpoint&) override
	{
		return false; // the machine hands its datagrams to the test
	}

	Endpoint local;
};

struct Datagram
{
	Endpoint source;
	Endpoint target;
	Buffer bytes;
};

/// A NAT in front of a host (RFC 4787): mappings by source, or by source and destination; address-and-port-
/// dependent filtering unless open.
struct Nat
{
	Endpoint address;
	bool symmetric = false;
	bool open = false;

	Endpoint outward(const Endpoint& inside, const Endpoint& remote);
	/// The inside of a mapping, if the remote may use it.
	std::optional<Endpoint> inward(const Endpoint& mapped, const Endpoint& remote) const;
	void forget();

private:
	struct Mapping
	{
		Endpoint inside;
		Endpoint remote;
		Endpoint outside;
		std::set<Endpoint> allowed;
	};
	std::vector<Mapping> _mappings;
	std::uint16_t _next = 40000;
};

class World;

class Host
{
public:
	Host(World& world, Role role, std::uint32_t tag);

	/// A port bound to these addresses (with a wildcard if several), all of one family, and its candidates.
	FakePort& open(const std::vector<std::string>& endpoints);
	/// What a STUN server says of a port.
	CandidateLine reflexive(FakePort& port);
	/// Another agent with the same ports; nothing is left of the former.
	void renew(Role role, std::uint64_t tieBreaker);

	Agent& agent()
	{
		return *_agent;
	}

	Agent::Configuration configuration;
	std::unique_ptr<Nat> nat;
	std::vector<std::unique_ptr<FakePort>> ports;
	/// What a port may send from, the kernel's favourite first.
	std::map<const Port*, std::vector<Endpoint>> addresses;
	std::vector<CandidateLine> lines;
	std::vector<Event> events;
	std::vector<bool> probes;
	/// When each event came.
	std::vector<TimePoint> times;
	unsigned sent = 0;
	std::map<Endpoint, unsigned> sentTo;

	unsigned count(Event event) const;

private:
	friend class World;
	std::unique_ptr<Agent> _agent;
};

class World
{
public:
	World();

	/// Says each other everything: credentials, candidates, end of candidates.
	void introduce(bool done = true);
	void tell(Host& to, const Host& from, bool done = true);

	void run(Duration duration);
	bool runUntil(const std::function<bool()>& condition, Duration longest);
	bool bothSelected() const;

	/// The datagram arrives now, whoever sent it.
	void deliver(const Datagram& datagram);

	Host& other(Host& host)
	{
		return &host == &alice ? bob : alice;
	}

	TimePoint now{std::chrono::hours{1}};
	Duration delay = 25ms; ///< one way
	/// Whether a datagram passes; may change it.
	std::function<bool(Datagram&)> passes = [](Datagram&) { return true; };
	std::mt19937_64 random{1};
	Host alice;
	Host bob;

	Random source();

private:
	struct Flying
	{
		TimePoint arrives;
		std::uint64_t order;
		Datagram datagram;
		bool operator>(const Flying& flying) const
		{
			return std::pair{arrives, order} > std::pair{flying.arrives, flying.order};
		}
	};

	bool step(TimePoint end);
	void drain(Host& host);
	void drain();

	std::priority_queue<Flying, std::vector<Flying>, std::greater<>> _flying;
	std::uint64_t _order = 0;
};

Endpoint at(const std::string& text);

/// A line that names an address.
CandidateLine line(const std::string& endpoint, CandidateType type = CandidateType::Host,
	std::uint32_t priority = 1000, const std::string& foundation = "1");

}
