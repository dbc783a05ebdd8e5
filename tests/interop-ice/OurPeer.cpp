#include "tests/interop-ice/OurPeer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "node/protocol/random/Random.h"

namespace gimlet::interop
{

using namespace udp_punch;

namespace
{

ice::Agent::Configuration configuration(ice::Role role)
{
	ice::Agent::Configuration result;
	result.role = role;
	result.local = ice::makeCredentials(randomBytes);
	result.tieBreaker = randomValue<std::uint64_t>();
	result.tag = 0x1CE;
	result.random = randomBytes;
	result.allowLoopback = true;
	return result;
}

}

OurPeer::OurPeer(ice::Role role) :
	_descriptor(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), _agent(configuration(role))
{
	sockaddr_storage address{};
	auto length = Endpoint::loopback(AF_INET, 0).toSockaddr(address);
	auto* raw = reinterpret_cast<sockaddr*>(&address);
	if (_descriptor < 0 || bind(_descriptor, raw, length) != 0 || getsockname(_descriptor, raw, &length) != 0)
		throw std::runtime_error("no socket on loopback");
	_local = Endpoint::fromSockaddr(raw);
	lines.push_back(_agent.addLocal({CandidateType::Host, _local, _local, this, ""}, Clock::now()).value());
}

OurPeer::~OurPeer()
{
	close(_descriptor);
}

bool OurPeer::send(ByteView datagram, const Endpoint& remote)
{
	sockaddr_storage address{};
	const auto length = remote.toSockaddr(address);
	return sendto(_descriptor, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&address),
			   length) == static_cast<ssize_t>(datagram.size());
}

void OurPeer::turn()
{
	drain();
	pollfd ready{_descriptor, POLLIN, 0};
	poll(&ready, 1, 2);
	std::array<std::uint8_t, 65536> bytes{};
	for (int i = 0; i < 100; ++i)
	{
		sockaddr_storage address{};
		auto* raw = reinterpret_cast<sockaddr*>(&address);
		socklen_t length = sizeof address;
		const auto size = recvfrom(_descriptor, bytes.data(), bytes.size(), 0, raw, &length);
		if (size < 0)
			break;
		const auto datagram = ByteView{bytes}.first(static_cast<std::size_t>(size));
		if (!_agent.onDatagram(datagram, {this, _local, Endpoint::fromSockaddr(raw)}, Clock::now()))
			heard.emplace_back(asText(datagram));
	}
	if (_agent.nextDeadline() <= Clock::now())
		_agent.onTimer(Clock::now());
	drain();
}

void OurPeer::say(const std::string& text)
{
	const auto pair = _agent.selected() ? _agent.selected() : _agent.valid();
	if (pair)
		send(asBytes(text), pair->path.remote);
}

void OurPeer::restart()
{
	_agent.restart(ice::makeCredentials(randomBytes), Clock::now());
	drain();
}

void OurPeer::drain()
{
	while (const auto outgoing = _agent.pollTransmit())
		send(outgoing->datagram, outgoing->path.remote);
	while (const auto event = _agent.pollEvent())
		events.push_back(*event);
	while (const auto probe = _agent.pollProbe())
		probes.push_back(*probe);
}

}
