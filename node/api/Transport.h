#pragma once

#include <string>

#include "node/api/Candidate.h"
#include "node/api/Channel.h"
#include "node/api/Peer.h"
#include "node/api/Plugin.h"
#include "node/api/Signaling.h"

namespace gimlet
{

enum class SendResult
{
	Sent,      ///< handed to the network; acknowledged() follows if the peer acknowledges
	NotLinked, ///< no link to that peer now
	TooLarge,  ///< over maxMessage(); can never be sent
	Congested, ///< not now; writable() follows
};

/// Moves messages to peers over UDP.
class GIMLET_API Transport : public Plugin
{
public:
	~Transport() override;

	/// What it speaks, for hello: "udp-plain/1". Constant.
	virtual std::string protocol() const = 0;

	/// The largest content that can be sent with an id of 36 characters and a time, in bytes of UTF-8 after
	/// JSON escaping, without the quotes: what a page counts against. 0 if there is no such limit.
	virtual std::size_t maxMessage() const;

	/// Whether content is encrypted between the nodes. Constant.
	virtual bool encrypts() const;

	/// A sentence that says why a message is too large, with both numbers; "" if it can be sent to this
	/// peer. May be asked without a link.
	virtual std::string tooLarge(const PeerId& peer, const ChatMessage& message) const = 0;

	/// A new or repeated offer: try to reach the peer, or update where it is.
	virtual void connect(const PeerOffer& offer) = 0;

	/// A signal of the peer's same transport, as its sender gave it to TransportHost::signal.
	virtual void signalReceived(const PeerId& peer, const std::string& session, const std::string& data) = 0;

	/// The peer left the rendezvous; its link may live on.
	virtual void peerLeft(const PeerId& peer) = 0;

	/// A local candidate was found or lost; a transport that trickles passes it on.
	virtual void candidateFound(const Candidate& candidate) = 0;
	virtual void candidateLost(const Candidate& candidate) = 0;

	/// A port that a discovery brings, a relay's for instance: it may be used like one of the transport's own
	/// until portWithdrawn; its candidates come by candidateFound. By default it is not.
	virtual void portOffered(Port& /*port*/) {}
	virtual void portWithdrawn(Port& /*port*/) {}
	/// A datagram came by an offered port.
	virtual void datagramReceived(ByteView /*datagram*/, const Path& /*path*/) {}

	/// What is known of the NATs in front of one of the transport's ports.
	virtual void natBehaviour(Port& /*port*/, const NatBehaviour& /*behaviour*/) {}

	/// The machine's addresses or routes have changed, or it has slept: paths may be gone, and there may be
	/// better ones.
	virtual void networkChanged() {}

	/// Sends a message now, or says why not; nothing is queued beyond what retransmission needs. The
	/// same id may be sent again over a new link: the receiver shows it once.
	virtual SendResult send(const PeerId& peer, const ChatMessage& message) = 0;

	/// The link as it is now.
	virtual LinkStatus status(const PeerId& peer) const = 0;

	/// Ends a link and forgets the peer.
	virtual void disconnect(const PeerId& peer) = 0;

	/// Opens a channel to a linked peer. Null when there is no link, no free stream, or the transport has no
	/// channels. @param observer Must outlive the channel.
	virtual Channel* openChannel(
		const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer);
};

/// The node, as transports see it.
class GIMLET_API TransportHost
{
public:
	virtual ~TransportHost();

	/// A port is open; discoveries learn of it. Call portClosed before it is destroyed.
	virtual void portOpened(Transport& from, Port& port) = 0;
	virtual void portClosed(Transport& from, Port& port) = 0;

	/// A STUN datagram (RFC 7983: first byte 0 to 3) that the transport itself does not know.
	/// @return Whether a discovery took it.
	virtual bool stunReceived(ByteView datagram, const Path& path, TimePoint now) = 0;

	/// Carries a text to the peer's transport by whatever signaling offered the peer.
	virtual bool signal(
		Transport& from, const PeerId& peer, const std::string& session, const std::string& data) = 0;

	/// The state, reason or path of a link changed.
	virtual void linkChanged(Transport& from, const PeerId& peer, const LinkStatus& status) = 0;

	virtual void messageReceived(Transport& from, const PeerId& peer, const ChatMessage& message) = 0;

	/// The peer has acknowledged a message by its id.
	virtual void messageAcknowledged(Transport& from, const PeerId& peer, const std::string& id) = 0;

	/// After SendResult::Congested: send again.
	virtual void writable(Transport& from, const PeerId& peer) = 0;

	/// The peer opened a channel. @return Who hears of it; null refuses it.
	virtual ChannelObserver* channelOffered(Transport& from, const PeerId& peer, Channel& channel);

	/// Something that a person should read, once: "anna's identity has changed". The node logs it, and leaves
	/// out what it has said before or what is too much.
	virtual void notice(const std::string& text);

	/// Discoveries are to look again now: something has changed. They do at most once a second.
	virtual void refreshDiscoveries() {}
	/// Discoveries are to see how the NAT in front of a port maps now (Discovery::sampleNat).
	virtual void sampleNat(Port& /*port*/) {}

	/// This process' own worker id, and whether the node may link with that peer ([node] peers).
	virtual const PeerId& ownId() const = 0;
	virtual bool mayLink(const PeerId& peer) const = 0;
};

}
