#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/api/Node.h"
#include "node/protocol/ui/History.h"
#include "node/protocol/ui/Objects.h"

namespace gimlet::ui
{

/// Stands between a node and all who use it by the objects of a page: turns what the node tells into objects
/// for everybody, and what one of them says into calls of the node and an answer to that one.
///
/// Frontends differ in how objects travel; what they mean is the same and lives here. Loop thread only.
class Session final : public NodeObserver
{
public:
	using Everybody = std::function<void(const ToPage&)>;

	/// Observes the node from now on.
	/// @param node Must outlive the session.
	/// @param run Names this run of the node in init_info; empty: messages are neither counted nor kept.
	/// @param everybody Called with each object for all.
	Session(Node& node, const History::Limits& history, std::string run, Everybody everybody);
	Session(const Session&) = delete;
	Session& operator=(const Session&) = delete;
	~Session() override;

	/// What a new user is told at once: init_info and the recent history.
	std::vector<ToPage> introduction() const;

	/// Does what an object asks for. @return What its sender is told; the others hear of it by themselves.
	std::vector<ToPage> handle(const FromPage& object);

	/// Tells everybody of peers whose figures (bytes, round trip, queue) have changed since they were told.
	/// Their states are told at once, without this.
	void refresh();

	void peerChanged(const PeerInfo& peer) override;
	void peerForgotten(const PeerId& peer) override;
	void messageReceived(const PeerId& from, const ChatMessage& message, WallTime received) override;
	void messageSent(
		const std::vector<PeerId>& to, const ChatMessage& message, NodeObserver* origin) override;
	void deliveryChanged(
		const PeerId& peer, const std::string& id, Delivery delivery, const std::string& detail) override;
	void signalingChanged(SignalingState state, const std::string& detail) override;
	void pluginChanged(const PluginInfo& plugin) override;
	void candidatesChanged() override;
	void networkChanged() override;
	void notice(const std::string& text) override;

private:
	bool counts() const
	{
		return !_run.empty();
	}

	InitInfo initInfo() const;
	/// What ui_client_hello is answered with: the first link that is up, if there is one.
	std::vector<ToPage> currentStatus() const;
	std::vector<ToPage> send(const SendMessage& message);
	std::vector<ToPage> verify(const VerifyPeer& wanted);
	std::vector<ToPage> unverify(const UnverifyPeer& wanted);
	std::vector<ToPage> refuse(const RefusePeer& wanted);
	std::optional<PeerInfo> peer(const PeerId& id) const;
	void tellStatus(const PeerInfo& peer);
	void tellNetwork();

	Node& _node;
	std::string _run;
	Everybody _everybody;
	History _history;
	/// What was last told of each peer.
	std::map<PeerId, PeerView> _told;
	NetworkStatus _toldNetwork;
};

/// "Link with Ann (9b1deb4d) is up: reason".
std::string describeLink(const PeerInfo& peer);

/// The first peer whose link is up, or else silent; null if there is none.
const PeerInfo* firstLinked(const std::vector<PeerInfo>& peers);

}
