#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/core/Outbox.h"
#include "node/core/RecentIds.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "plugins/transport/udp-punch/MappingLifetime.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"
#include "tests/sim/net/SignalingRoom.h"
#include "tests/sim/net/World.h"
#include "tests/sim/stack/Ports.h"
#include "tests/sim/stack/SimRelay.h"

namespace gimlet::sim
{

/// A node with one peer: the real link with all that is in it, the node's own outbox and memory of ids above
/// it, simulated sockets below.
class LinkPeer final : private udp_punch::PunchLink::Host
{
public:
	LinkPeer(World& world, SignalingRoom& room, sim::Host& host, const std::vector<Endpoint>& stunServers,
		std::shared_ptr<udp_punch::sctp::Engine> engine, SimRelay* relay = nullptr);

	/// Says hello in the room; the rest follows.
	void join();
	/// Leaves the room without a word to the peer.
	void leave();

	/// Accepted by the outbox, sent when there is a link, until it is acknowledged. @return Its id.
	std::string say(const std::string& text);

	/// The link is there and up.
	bool up() const;
	/// Null before the offer.
	udp_punch::PunchLink* link()
	{
		return _link.get();
	}
	const PeerId& id() const
	{
		return _identity->id();
	}
	Ports& ports()
	{
		return *_ports;
	}
	/// Null without a relay.
	RelayPort* relayPort()
	{
		return _relayPort.get();
	}
	/// How often it has moved to a fresh port.
	int moves = 0;
	/// The link goes over the relay, or over none.
	bool relayed() const;
	bool direct() const;
	/// How many of the messages said are not acknowledged.
	std::size_t waiting() const;
	/// The host's addresses have changed, as a node would notice.
	void networkChanged();
	/// Everything that a failed test wants to know.
	std::string explain() const;

	/// What was received, once each, as a user sees it.
	std::vector<std::string> received;
	/// Each change of state with its time.
	std::vector<std::pair<LinkState, TimePoint>> states;
	std::vector<std::string> notices;
	/// Each change with its reason, for people.
	std::vector<std::string> story;
	std::uint64_t repeated = 0; ///< received again, and not shown
	std::optional<TimePoint> upAt;
	std::optional<TimePoint> firstReceivedAt;
	/// When a path without the relay was first in use.
	std::optional<TimePoint> directAt;
	/// Who hears of channels that the peer opens; none are taken without.
	ChannelObserver* channels = nullptr;
	/// More to say; called when the link takes messages again.
	std::function<void()> onRoom;

private:
	bool linkSignal(udp_punch::PunchLink& link, const std::string& text) override;
	void linkChanged(udp_punch::PunchLink& link) override;
	void linkReceived(udp_punch::PunchLink& link, const ChatMessage& message) override;
	void linkAcknowledged(udp_punch::PunchLink& link, const std::string& id) override;
	void linkWritable(udp_punch::PunchLink& link) override;
	ChannelObserver* linkChannelOffered(udp_punch::PunchLink& link, Channel& channel) override;
	void linkNotice(udp_punch::PunchLink& link, const std::string& text) override;
	void linkResolve(udp_punch::PunchLink& link, const udp_punch::CandidateLine& candidate) override;
	std::optional<std::vector<Port*>> linkBeginPunch(udp_punch::PunchLink& link, std::size_t ports) override;
	void linkEndPunch(udp_punch::PunchLink& link) override;
	void linkSampleNat(udp_punch::PunchLink& link) override;
	Port* linkOwnPort(udp_punch::PunchLink& link) override;
	void linkRebound(udp_punch::PunchLink& link, Port& port) override;
	bool linkStuck(udp_punch::PunchLink& link) override;
	Ports::User portUser();
	void moveToFreshPort(bool careful);

	void offered(const PeerOffer& offer);
	void arrived(ByteView datagram, const Path& path);
	Candidate relayCandidate() const;
	void flush();

	World& _world;
	SignalingRoom& _room;
	sim::Host& _host;
	std::unique_ptr<const identity::KeyIdentity> _identity = identity::KeyIdentity::generate();
	std::shared_ptr<const udp_punch::dtls::Certificate> _certificate = udp_punch::dtls::Certificate::make();
	std::shared_ptr<udp_punch::sctp::Engine> _engine;
	std::vector<Endpoint> _stunServers;
	std::unique_ptr<Ports> _ports;
	/// As UdpPunch does it: the port before, until the link has left it.
	std::unique_ptr<Ports> _oldPorts;
	udp_punch::MappingLifetime _lifetime;
	bool _careful = false; ///< a fresh port is being opened for a link that is stuck
	Timer _move;
	Timer _leaving;
	std::unique_ptr<RelayPort> _relayPort;
	std::vector<std::unique_ptr<SimPort>> _shotPorts;
	std::unique_ptr<udp_punch::PunchLink> _link;
	core::Outbox _outbox;
	core::RecentIds _seen{100'000};
	std::uint64_t _lastId = 0;
	bool _flushing = false;
	bool _flushAgain = false;
};

}
