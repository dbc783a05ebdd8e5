#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/api/Candidate.h"
#include "node/api/Channel.h"
#include "node/api/Context.h"
#include "node/api/NetworkFact.h"
#include "node/api/Peer.h"
#include "node/api/Signaling.h"

namespace gimlet
{

/// How far a peer's identity can be relied on.
enum class Trust
{
	Unproven,   ///< its id proves nothing: a version 4 id, an unsigned description, or no link yet
	Proven,     ///< the id is its own, but nobody has said whose id that is: "not verified"
	Verified,   ///< a person compared the codes and said so; the identity is pinned to the name
	Configured, ///< its id stands in [node] peers
};

/// "unproven", "proven", "verified", "configured": the words of /ui_ws and /readyz.
GIMLET_API const char* toString(Trust trust);

/// Why the node will not link with a peer.
enum class LinkRefusal
{
	None,
	NotInPeers,      ///< [node] peers is set and does not name it
	IdentityChanged, ///< a person verified another identity under its name
	Unproven, ///< its identity is verified or configured, and this link would prove nothing: somebody may
			  ///< pose as it
	CodesDiffer, ///< a person compared the codes, and they were not the same
};

/// "none", "not_in_peers", "identity_changed", "unproven", "codes_differ": the words of /ui_ws and /readyz.
GIMLET_API const char* toString(LinkRefusal refusal);

/// A peer as people see it.
struct PeerInfo
{
	PeerId id;
	std::string name;
	LinkStatus link;
	/// When the present state began.
	WallTime since{0};
	/// Whether the rendezvous says that it is in the room now.
	bool present = false;
	/// "udp-plain/1"; "" if unknown.
	std::string transport;
	/// Messages accepted and not yet acknowledged.
	std::size_t queued = 0;
	Trust trust = Trust::Unproven;
	/// While link.state is Refused.
	LinkRefusal refusal = LinkRefusal::None;
	/// The name under which a person verified this identity, linked or not and whatever it calls itself now;
	/// "" if nobody did. In the form in which names are compared, i.e. in lower case.
	std::string pinnedName;
};

/// What the page and `/readyz` show of one plugin.
struct PluginInfo
{
	std::string name;
	std::string role;
	PluginState state = PluginState::Stopped;
	std::string reason;
	bool required = true;
};

/// What became of an accepted message, for one addressee.
enum class Delivery
{
	Queued,      ///< in the outbox; the link is not up
	Sent,        ///< gone out; an acknowledgement is awaited
	Delivered,   ///< acknowledged by id
	Unconfirmed, ///< gone out to a worker that never acknowledges
	Failed,      ///< will not be delivered; the detail says why
};

GIMLET_API const char* toString(Delivery delivery);

/// Why Node::send accepted nothing.
enum class Refusal
{
	None,         ///< it accepted the message
	Empty,        ///< no text
	BadText,      ///< not UTF-8, or an unusable id
	UnknownPeer,  ///< nobody of that id
	NotConnected, ///< nobody was named and no link is up
	TooLarge,     ///< over the transport's limit
	Full,         ///< the outbox holds all it may
};

/// "none", "empty", "bad_message", "unknown_peer", "not_connected", "too_large", "full": the codes of /ui_ws.
GIMLET_API const char* toString(Refusal refusal);

/// What a frontend hears of. All calls come on the loop thread. Several observers run at once.
class GIMLET_API NodeObserver
{
public:
	virtual ~NodeObserver();

	virtual void peerChanged(const PeerInfo& peer) = 0;
	virtual void peerForgotten(const PeerId& /*peer*/) {}
	virtual void messageReceived(const PeerId& from, const ChatMessage& message, WallTime received) = 0;

	/// A message that any frontend of this node sent, so that all of them show it.
	virtual void messageSent(
		const std::vector<PeerId>& /*to*/, const ChatMessage& /*message*/, NodeObserver* /*origin*/)
	{
	}
	virtual void deliveryChanged(const PeerId& /*peer*/, const std::string& /*id*/, Delivery /*delivery*/,
		const std::string& /*detail*/)
	{
	}
	virtual void signalingChanged(SignalingState /*state*/, const std::string& /*detail*/) {}
	virtual void pluginChanged(const PluginInfo& /*plugin*/) {}
	virtual void candidatesChanged() {}
	/// Node::nat() or Node::networkFacts() has changed.
	virtual void networkChanged() {}
	/// Something that a person should read, once.
	virtual void notice(const std::string& /*text*/) {}
};

/// Takes the channels of a label that peers open (see Node::serveChannels).
class GIMLET_API ChannelService
{
public:
	virtual ~ChannelService();

	/// @return Who hears of the channel; null refuses it.
	virtual ChannelObserver* channelOffered(const PeerId& from, Channel& channel) = 0;
};

/// The node, as its frontends see it. Loop thread only.
class GIMLET_API Node
{
public:
	struct SendOutcome
	{
		/// Whom the message was accepted for; empty means that it was refused.
		std::vector<PeerId> accepted;
		/// The id it has from now on (the given one, or a new one).
		std::string id;
		/// Why it was refused, or for whom: "Not connected to a P2P peer."
		std::string error;
		/// The same for programs; None if anything was accepted.
		Refusal refusal = Refusal::None;
	};

	virtual ~Node();

	virtual const PeerId& id() const = 0;
	virtual const std::string& name() const = 0;
	virtual const std::string& version() const = 0;

	virtual std::vector<PeerInfo> peers() const = 0;
	virtual std::vector<PluginInfo> plugins() const = 0;
	virtual std::vector<Candidate> candidates() const = 0;
	virtual MappingBehaviour mapping() const = 0;
	virtual SignalingState signalingState() const = 0;
	virtual std::string signalingDetail() const = 0;

	/// What is known of the NATs in front of the transport's port.
	virtual NatBehaviour nat() const;
	/// What plugins have found out about the network, by topic and subject.
	virtual std::vector<NetworkFact> networkFacts() const;

	/// Whether every required plugin is ready (what /readyz answers).
	virtual bool ready() const = 0;

	/// The largest content that the transport takes (see Transport::maxMessage); 0 without a transport.
	virtual std::size_t maxMessage() const;

	/// Whether the transport encrypts what goes to peers; false without a transport.
	virtual bool encrypted() const;

	/// Accepts a text for one peer, or without `to` for every linked peer.
	///
	/// An accepted message stays in the outbox until it is acknowledged. To a named peer that is known but
	/// not linked now, it is accepted and queued. Refused with an error are: an empty text, invalid UTF-8,
	/// an unknown peer, no linked peer at all, a text too large for the transport, a full outbox.
	/// @param id Optional, at most 64 characters. Ids are the node's, whichever page or script uses it: one
	/// that was used lately is refused, so they should be random.
	/// @param origin The observer on whose behalf it is sent, or null.
	virtual SendOutcome send(const std::optional<PeerId>& to, const std::string& content,
		const std::string& id, NodeObserver* origin) = 0;

	/// A person has compared the codes: pins the peer's identity to its name, for good where there is a state
	/// directory. @return "", or why it cannot be done ("its id proves nothing").
	virtual std::string verify(const PeerId& peer);

	/// Takes verify() back. Of a peer that is refused since its name is pinned to another identity, it
	/// forgets that other one, and the peer is linked with, not verified.
	virtual void unverify(const PeerId& peer);

	/// A person has compared the codes, and they differ: ends the link, and refuses the peer until unverify()
	/// or the end of the process.
	virtual void refuse(const PeerId& peer);

	/// Opens a channel to a linked peer; null when that cannot be. See Transport::openChannel.
	virtual Channel* openChannel(
		const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer);

	/// From now on a service takes the channels of a label; null ends it. Others are refused.
	virtual void serveChannels(const std::string& label, ChannelService* service);

	/// Observers are called in the order in which they were added. Remove before destruction.
	virtual void addObserver(NodeObserver& observer) = 0;
	virtual void removeObserver(NodeObserver& observer) = 0;
};

}
