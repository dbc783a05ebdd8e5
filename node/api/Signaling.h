#pragma once

#include <string>
#include <vector>

#include "node/api/Peer.h"
#include "node/api/Plugin.h"

namespace gimlet
{

struct RelayServer;

/// Somebody in the room who has a transport in common with us.
struct PeerOffer
{
	PeerId peer;
	/// The name the peer gave itself; may be empty, is never trusted as an identity.
	std::string name;
	/// The common transport, "udp-plain/1".
	std::string transport;
	/// Names this pairing; both sides have the same. "" if the server speaks only the first tables.
	std::string session;
	/// The room in which the two met, as this side joined it; "" where the signaling knows no rooms.
	std::string room{};
	/// The peer's public UDP endpoint, where the offer carries one.
	std::optional<Endpoint> endpoint;
	/// Whether the peer has said hello, i.e. understands signals, ids and acknowledgements.
	bool ours = false;
	/// Whether the rendezvous itself was reached over loopback, so that peers may be there too.
	bool overLoopback = false;
	/// From where the peer is connected to the rendezvous, without ports, as the rendezvous sees it. Only
	/// there may many ports be tried. Empty if signaling does not say.
	std::vector<Endpoint> seen{};
};

/// What a node tells the others of itself.
struct LocalDescription
{
	std::string name;
	std::vector<std::string> transports;
	/// The endpoint for offers that carry one; empty until discovery has found it.
	std::optional<Endpoint> endpoint;
	/// What an HTTP echo service said; for information.
	std::string publicAddress;

	friend bool operator==(const LocalDescription&, const LocalDescription&) = default;
};

enum class SignalingState
{
	Offline, ///< not connected; trying again
	Connecting,
	Online,
	Refused, ///< told to stay away (unauthorised, replaced); trying again rarely
};

GIMLET_API const char* toString(SignalingState state);

/// Knows who else is in the room, and carries descriptions between its members.
class GIMLET_API Signaling : public Plugin
{
public:
	~Signaling() override;

	/// The node's own description, at start and after each change. The plugin keeps it and announces it
	/// anew whenever it has connected.
	virtual void describe(const LocalDescription& description) = 0;

	/// Carries a text (JSON, opaque to the plugin) to a member of the room.
	/// @return False when not connected; nothing is queued, for a new offer follows a reconnection.
	virtual bool sendSignal(const PeerId& to, const std::string& session, const std::string& data) = 0;

	/// The machine's addresses or routes have changed, or it has slept: a connection may be dead without
	/// having been closed.
	virtual void networkChanged() {}
};

/// The node, as signaling plugins see it.
class GIMLET_API SignalingHost
{
public:
	virtual ~SignalingHost();

	virtual void peerOffered(Signaling& from, const PeerOffer& offer) = 0;
	virtual void signalReceived(
		Signaling& from, const PeerId& peer, const std::string& session, const std::string& data) = 0;

	/// The peer left the room. Its link, if any, lives on as long as its datagrams do.
	virtual void peerLeft(Signaling& from, const PeerId& peer) = 0;

	/// A member without a transport in common. @param detail A sentence that names both sides' transports.
	virtual void peerIncompatible(Signaling& from, const PeerId& peer, const std::string& detail) = 0;

	virtual void signalingState(Signaling& from, SignalingState state, const std::string& detail) = 0;

	/// Relay servers that the rendezvous hands out; all of them, anew each time.
	virtual void relayServers(Signaling& from, const std::vector<RelayServer>& servers) = 0;
};

}
