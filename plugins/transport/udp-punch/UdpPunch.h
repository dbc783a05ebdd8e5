#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Transport.h"
#include "plugins/transport/udp-punch/Interfaces.h"
#include "plugins/transport/udp-punch/LinkRouter.h"
#include "plugins/transport/udp-punch/MappingLifetime.h"
#include "plugins/transport/udp-punch/Metrics.h"
#include "plugins/transport/udp-punch/PortRange.h"
#include "plugins/transport/udp-punch/PunchPort.h"
#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

/// udp-punch/1: encrypted, reliable links to any number of peers over one UDP socket (docs/PROTOCOL.md,
/// section 4).
///
/// This is the glue: the socket, the addresses, which link a datagram is for. What a link does is
/// PunchLink's.
class UdpPunch final : public Transport, private PunchLink::Host
{
public:
	explicit UdpPunch(Context& context);
	~UdpPunch() override;

	void configure(const Settings& settings, Problems& problems) override;
	/// @throws PluginError when the address cannot be listened on, or OpenSSL or usrsctp refuse.
	void start() override;
	void stop() override;

	std::string protocol() const override
	{
		return "udp-punch/1";
	}

	std::size_t maxMessage() const override;

	bool encrypts() const override
	{
		return true;
	}

	std::string tooLarge(const PeerId& peer, const ChatMessage& message) const override;
	void connect(const PeerOffer& offer) override;
	void signalReceived(const PeerId& peer, const std::string& session, const std::string& data) override;
	void peerLeft(const PeerId& peer) override;
	void candidateFound(const Candidate& candidate) override;
	void candidateLost(const Candidate& candidate) override;
	void portOffered(Port& port) override;
	void portWithdrawn(Port& port) override;
	void datagramReceived(ByteView datagram, const Path& path) override;
	void networkChanged() override;
	void natBehaviour(Port& port, const NatBehaviour& behaviour) override;
	SendResult send(const PeerId& peer, const ChatMessage& message) override;
	LinkStatus status(const PeerId& peer) const override;
	void disconnect(const PeerId& peer) override;
	Channel* openChannel(
		const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer) override;

private:
	struct Options
	{
		ListenAddress listen;
		bool listenGiven = false;
		std::optional<PortRange> ports;
		InterfaceFilter interfaces;
		bool acceptUnsigned = false;
		std::uint64_t maxMessage = 0;
		std::uint16_t streams = 0;
		std::size_t buffer = 0;
		Duration keepalive{};
		Duration consent{};
		hard::Budget punch;
	};

	struct Entry
	{
		/// Those of a punch; after it the one in use. They outlive the link.
		std::vector<std::shared_ptr<PunchPort>> shotPorts{};
		std::shared_ptr<PunchLink> link;
		/// The rendezvous was reached over loopback, so the peer may be on this machine.
		bool overLoopback = false;
		/// The addresses of this machine that it was told.
		std::vector<Candidate> told;
		std::uint32_t tag = 0;
		LinkState counted = LinkState::Waiting;
		std::vector<Endpoint> seen{};
	};

	/// A name that is being looked up for a link.
	struct Lookup
	{
		std::weak_ptr<PunchLink> link;
		std::unique_ptr<Resolver::Query> query;
	};

	bool linkSignal(PunchLink& link, const std::string& text) override;
	void linkChanged(PunchLink& link) override;
	void linkReceived(PunchLink& link, const ChatMessage& message) override;
	void linkAcknowledged(PunchLink& link, const std::string& id) override;
	void linkWritable(PunchLink& link) override;
	ChannelObserver* linkChannelOffered(PunchLink& link, Channel& channel) override;
	void linkNotice(PunchLink& link, const std::string& text) override;
	void linkResolve(PunchLink& link, const CandidateLine& candidate) override;
	std::optional<std::vector<Port*>> linkBeginPunch(PunchLink& link, std::size_t ports) override;
	void linkEndPunch(PunchLink& link) override;
	void linkPunched(PunchLink& link) override;
	void linkSampleNat(PunchLink& link) override;
	Port* linkOwnPort(PunchLink& link) override;
	void linkRebound(PunchLink& link, Port& port) override;
	bool linkStuck(PunchLink& link) override;

	std::unique_ptr<PunchPort> open();
	std::unique_ptr<PunchPort> openAt(const ListenAddress& address, PunchPort::Size size);
	bool mayMove() const;
	bool usesOldPort() const;
	void leaveOldPort();
	void rebound();
	bool knownToPunch(const Entry& entry) const;
	void moveToFreshPort(bool careful);
	void closeOldPort();
	void watchLifetime();
	void releasePorts(Entry& entry, const Port* kept);
	Endpoint publicAddressOf(const Entry& entry) const;
	Entry& create(const PeerOffer& offer);
	PunchLink::Configuration linkConfiguration(const PeerOffer& offer, std::uint32_t tag);
	std::vector<Candidate> hostCandidates(bool overLoopback) const;
	bool offerAddresses(Entry& entry);
	bool uses(const Port* port) const;
	void received(ByteView datagram, const Path& path);
	void stunReceived(ByteView datagram, const Path& path);
	std::shared_ptr<PunchLink> find(const PeerId& peer) const;

	Context& _context;
	Metrics _metrics;

	Options _options;
	std::unique_ptr<PunchPort> _port;
	/// The one before, until the links have left it.
	std::unique_ptr<PunchPort> _oldPort;
	MappingLifetime _lifetime;
	Timer _move;
	Timer _leaving;
	Timer _fresh;
	TimePoint _freshAgain{}; ///< not before does a link that is stuck get a fresh port
	TimePoint _leaveBy{};    ///< the old port goes then, whoever uses it
	TimePoint _reboundAt{};  ///< when a peer last said that the NAT had mapped the port anew
	TimePoint _mappedAt{};   ///< when discovery last found another address of the port
	std::shared_ptr<const dtls::Certificate> _certificate;
	std::shared_ptr<sctp::Engine> _engine;
	LinkRouter _router;
	std::map<PeerId, Entry> _links;
	/// Those of relays, which discoveries own.
	std::vector<Port*> _offeredPorts;
	/// What discovery found for all these ports.
	std::vector<Candidate> _found;
	std::list<Lookup> _lookups;
	NatBehaviour _nat;
	std::optional<PeerId> _punching;
	/// Public addresses of ours and of peers between which a punch has worked, the latest first.
	std::deque<std::pair<Endpoint, Endpoint>> _punched;
};

}
