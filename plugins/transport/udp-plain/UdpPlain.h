#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Transport.h"
#include "plugins/transport/udp-plain/ClaimLimiter.h"
#include "plugins/transport/udp-plain/Metrics.h"
#include "plugins/transport/udp-plain/PlainPeer.h"
#include "plugins/transport/udp-plain/UdpPort.h"

namespace gimlet::udp_plain
{

/// udp-plain/1: the first version's plain-text JSON datagrams (docs/PROTOCOL.md, section 3), on one socket
/// that lives from start() to stop(), whatever becomes of the rendezvous.
///
/// This is the glue: what a link does is decided by PlainPeer.
class UdpPlain final : public Transport
{
public:
	explicit UdpPlain(Context& context);
	~UdpPlain() override;

	void configure(const Settings& settings, Problems& problems) override;
	/// @throws PluginError when the address cannot be listened on.
	void start() override;
	void stop() override;

	std::string protocol() const override
	{
		return "udp-plain/1";
	}

	std::size_t maxMessage() const override;

	bool encrypts() const override
	{
		return false;
	}

	std::string tooLarge(const PeerId& peer, const ChatMessage& message) const override;
	void connect(const PeerOffer& offer) override;
	void signalReceived(const PeerId& peer, const std::string& session, const std::string& data) override;
	void peerLeft(const PeerId& peer) override;
	void candidateFound(const Candidate& candidate) override;
	void candidateLost(const Candidate& candidate) override;
	SendResult send(const PeerId& peer, const ChatMessage& message) override;
	LinkStatus status(const PeerId& peer) const override;
	void disconnect(const PeerId& peer) override;

private:
	struct Link
	{
		Link(PlainPeer::Configuration configuration, ClaimLimiter& limiter) :
			machine(std::move(configuration), limiter)
		{
		}

		PlainPeer machine;
		std::string session;
		LinkState counted = LinkState::Waiting;
		PlainPeer::Counters countedBefore;
		/// disconnect() was called, perhaps by somebody whom an event of this link had called.
		bool ended = false;
	};

	using LinkPointer = std::shared_ptr<Link>;

	std::unique_ptr<UdpPort> open();
	void received(ByteView datagram, const Path& path);
	void plainReceived(ByteView datagram, const Endpoint& remote);
	void drained();
	LinkPointer find(const PeerId& peer) const;
	LinkPointer ownerOf(const chat::Datagram& datagram, const Endpoint& remote) const;

	void serve(const PeerId& peer, const LinkPointer& link);
	void report(const PeerId& peer, Link& link, PlainPeer::Event event);
	void sendSignal(const PeerId& peer, const Link& link, bool wantsAnswer);
	void count(Link& link);
	void onTimer();
	void schedule();
	void addressesChanged();

	Context& _context;
	Metrics _metrics;

	ListenAddress _listen;
	bool _listenGiven = false;
	Duration _keepalive{};
	Duration _lostAfter{};
	bool _shareHostAddresses = true;

	std::unique_ptr<UdpPort> _port;
	ClaimLimiter _limiter;
	std::map<PeerId, LinkPointer> _links;
	/// Links that a datagram of the present batch has reached.
	std::set<PeerId> _touched;
	/// Where discovery says that the port is reached.
	std::vector<Endpoint> _reflexive;
	Timer _timer;
	TimePoint _timerAt = NEVER;
};

}
