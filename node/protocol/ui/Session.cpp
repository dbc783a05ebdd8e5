#include "node/protocol/ui/Session.h"

#include <algorithm>

namespace gimlet::ui
{

namespace
{

constexpr std::size_t SHORT_ID = 8;

bool linked(LinkState state)
{
	return state == LinkState::Up || state == LinkState::Silent;
}

/// A code as it counts: people write it with spaces, dashes and capitals, or without.
std::string essence(const std::string& code)
{
	std::string result;
	for (const char character : code)
	{
		const bool capital = character >= 'A' && character <= 'Z';
		if (capital || (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9'))
			result += capital ? static_cast<char>(character - 'A' + 'a') : character;
	}
	return result;
}

StatusUpdate statusOf(const PeerInfo& peer)
{
	return {describeLink(peer), linked(peer.link.state) ? std::optional{peer.id} : std::nullopt,
		peer.link.state, peer.id};
}

}

std::string describeLink(const PeerInfo& peer)
{
	const auto id = peer.id.substr(0, SHORT_ID);
	auto text = "Link with " + (peer.name.empty() ? id : peer.name + " (" + id + ")") + " is " +
				toString(peer.link.state);
	if (!peer.link.reason.empty())
		text += ": " + peer.link.reason;
	return text;
}

const PeerInfo* firstLinked(const std::vector<PeerInfo>& peers)
{
	for (const auto state : {LinkState::Up, LinkState::Silent})
	{
		const auto found = std::find_if(
			peers.begin(), peers.end(), [state](const auto& peer) { return peer.link.state == state; });
		if (found != peers.end())
			return &*found;
	}
	return nullptr;
}

Session::Session(Node& node, const History::Limits& history, std::string run, Everybody everybody) :
	_node(node), _run(std::move(run)), _everybody(std::move(everybody)), _history(history)
{
	for (const auto& peer : _node.peers())
		_told[peer.id] = PeerView{peer};
	_toldNetwork = networkStatus(_node);
	_node.addObserver(*this);
}

Session::~Session()
{
	_node.removeObserver(*this);
}

std::vector<ToPage> Session::introduction() const
{
	std::vector<ToPage> result{initInfo()};
	for (auto& part : _history.parts())
		result.emplace_back(std::move(part));
	return result;
}

InitInfo Session::initInfo() const
{
	InitInfo info;
	info.workerId = _node.id();
	info.name = _node.name();
	info.version = _node.version();
	info.maxMessage = _node.maxMessage();
	info.encrypted = _node.encrypted();
	info.run = _run;
	info.signaling = {_node.signalingState(), _node.signalingDetail()};
	info.ready = _node.ready();
	const auto peers = _node.peers();
	if (const auto* peer = firstLinked(peers))
		info.linkedPeer = peer->id;
	for (const auto& peer : peers)
		info.peers.emplace_back(peer);
	for (const auto& plugin : _node.plugins())
		info.plugins.emplace_back(plugin);
	info.network = networkStatus(_node);
	return info;
}

std::vector<ToPage> Session::handle(const FromPage& object)
{
	if (std::holds_alternative<ClientHello>(object))
		return currentStatus();
	if (std::holds_alternative<Ping>(object))
		return {Pong{}};
	if (const auto* message = std::get_if<SendMessage>(&object))
		return send(*message);
	if (const auto* wanted = std::get_if<VerifyPeer>(&object))
		return verify(*wanted);
	if (const auto* unwanted = std::get_if<UnverifyPeer>(&object))
		return unverify(*unwanted);
	if (const auto* differing = std::get_if<RefusePeer>(&object))
		return refuse(*differing);
	return {};
}

std::vector<ToPage> Session::currentStatus() const
{
	const auto peers = _node.peers();
	if (const auto* peer = firstLinked(peers))
		return {statusOf(*peer)};
	return {};
}

std::vector<ToPage> Session::send(const SendMessage& message)
{
	// A page that lost its connection after sending asks again; it is told what it missed.
	if (const auto* known = message.id.empty() ? nullptr : _history.sent(message.id))
	{
		// Ids are the node's, whoever uses it: another text under a used id is another page's doing.
		if (known->content == message.content)
			return {*known};
		return {Error{"Another message of this node has this id already; use random ones.",
			toString(Refusal::BadText), message.id}};
	}
	const auto outcome = _node.send(message.to, message.content, message.id, this);
	if (outcome.error.empty())
		return {};
	return {Error{outcome.error, outcome.refusal == Refusal::None ? std::string{} : toString(outcome.refusal),
		message.id}};
}

std::optional<PeerInfo> Session::peer(const PeerId& id) const
{
	for (auto& info : _node.peers())
		if (info.id == id)
			return info;
	return std::nullopt;
}

std::vector<ToPage> Session::verify(const VerifyPeer& wanted)
{
	const auto info = peer(wanted.peer);
	if (!info)
		return {Error{"No such peer.", toString(Refusal::UnknownPeer), "", wanted.peer}};
	// The link may have been made anew between the comparison and the click.
	const auto code = essence(wanted.code);
	if (!wanted.code.empty() && code != essence(info->link.codeDigits) &&
		code != essence(info->link.codeWords))
		return {Error{"This is not the code of the link as it is now. If it stays different when you compare "
					  "once more, somebody stands between you and the other: write nothing confidential.",
			"other_code", "", wanted.peer}};
	if (const auto error = _node.verify(wanted.peer); !error.empty())
		return {Error{error, "not_verified", "", wanted.peer}};
	return {Verification{wanted.peer, true}};
}

std::vector<ToPage> Session::unverify(const UnverifyPeer& wanted)
{
	if (!peer(wanted.peer))
		return {Error{"No such peer.", toString(Refusal::UnknownPeer), "", wanted.peer}};
	_node.unverify(wanted.peer);
	return {Verification{wanted.peer, false}};
}

std::vector<ToPage> Session::refuse(const RefusePeer& wanted)
{
	if (!peer(wanted.peer))
		return {Error{"No such peer.", toString(Refusal::UnknownPeer), "", wanted.peer}};
	_node.refuse(wanted.peer);
	return {Verification{wanted.peer, false}};
}

void Session::refresh()
{
	for (const auto& peer : _node.peers())
	{
		PeerView view{peer};
		auto& told = _told[peer.id];
		if (told == view)
			continue;
		told = view;
		_everybody(PeerUpdate{std::move(view)});
	}
}

void Session::peerChanged(const PeerInfo& peer)
{
	PeerView view{peer};
	const auto known = _told.find(peer.id);
	const bool isNew = known == _told.end();
	if (!isNew && known->second == view)
		return;
	const bool tell = isNew || known->second.state != view.state || known->second.message != view.message;
	_told[peer.id] = view;
	_everybody(PeerUpdate{std::move(view)});
	if (tell)
		tellStatus(peer);
}

void Session::tellStatus(const PeerInfo& peer)
{
	_everybody(statusOf(peer));
	if (linked(peer.link.state))
		return;
	// A page of the first version takes a null peer_id for "no link at all": remind it of the one that is.
	for (const auto& status : currentStatus())
		_everybody(status);
}

void Session::peerForgotten(const PeerId& peer)
{
	_told.erase(peer);
	_everybody(PeerForgotten{peer});
}

void Session::messageReceived(const PeerId& from, const ChatMessage& message, WallTime received)
{
	const auto known = _told.find(from);
	MessageReceived object{from, known == _told.end() ? std::string{} : known->second.name, message.content,
		message.id, received, 0};
	_everybody(counts() ? _history.add(std::move(object)) : object);
}

void Session::messageSent(const std::vector<PeerId>& to, const ChatMessage& message, NodeObserver*)
{
	MessageSent object{message.id, message.content, to, message.time, 0, {}};
	_everybody(counts() ? _history.add(std::move(object)) : object);
}

void Session::deliveryChanged(
	const PeerId& peer, const std::string& id, Delivery delivery, const std::string& detail)
{
	const DeliveryState state{peer, delivery, detail};
	_history.deliveryChanged(id, state);
	_everybody(DeliveryUpdate{id, state});
}

void Session::signalingChanged(SignalingState state, const std::string& detail)
{
	_everybody(SignalingStatus{state, detail});
	tellNetwork();
}

void Session::pluginChanged(const PluginInfo& plugin)
{
	_everybody(PluginUpdate{PluginView{plugin}});
}

void Session::candidatesChanged()
{
	tellNetwork();
}

void Session::networkChanged()
{
	tellNetwork();
}

void Session::tellNetwork()
{
	auto network = networkStatus(_node);
	if (network == _toldNetwork)
		return;
	_toldNetwork = std::move(network);
	_everybody(_toldNetwork);
}

void Session::notice(const std::string& text)
{
	_everybody(Notice{text});
}

}
