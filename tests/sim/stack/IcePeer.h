#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/ice/Agent.h"
#include "tests/sim/net/SignalingRoom.h"
#include "tests/sim/net/World.h"
#include "tests/sim/stack/Ports.h"

namespace gimlet::sim
{

/// A member of a room with an ICE agent to the one other member, and nothing above it. Descriptions travel as
/// the real JSON.
class IcePeer
{
public:
	IcePeer(
		World& world, SignalingRoom& room, Host& host, PeerId id, const std::vector<Endpoint>& stunServers);

	/// Says hello in the room; the rest follows.
	void join();
	/// New credentials for the same session.
	void restart();

	/// A path was found, and the peer's last word on it is not that it failed.
	bool linked() const
	{
		return _agent && _agent->selected() && !failed;
	}
	/// Everything there is of it. Only after the offer has come.
	const udp_punch::ice::Agent& agent() const
	{
		return *_agent;
	}
	bool began() const
	{
		return _agent != nullptr;
	}
	Ports& ports()
	{
		return *_ports;
	}
	/// On the selected pair. Text, whose first byte is no STUN.
	bool send(std::string_view text);

	std::vector<udp_punch::ice::Event> events;
	std::vector<std::string> received;
	bool failed = false;
	/// When the first path was found.
	std::optional<TimePoint> linkedAt;

private:
	void offered(const PeerOffer& offer);
	void describe();
	void signalled(const std::string& data);
	void say(const std::string& data);
	void trickle(const std::optional<udp_punch::CandidateLine>& line, bool removed);
	void serve();

	World& _world;
	SignalingRoom& _room;
	Host& _host;
	PeerId _id;
	PeerOffer _offer;
	std::unique_ptr<udp_punch::ice::Agent> _agent;
	std::unique_ptr<Ports> _ports;
	std::uint32_t _generation = 0;
	std::uint32_t _remoteGeneration = 0;
	Timer _timer;
};

}
