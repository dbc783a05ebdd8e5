#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Node.h"
#include "node/protocol/ui/NetworkVerdict.h"

/// The objects of docs/PROTOCOL.md, section 2, as values: what a page or a script says to its node, and what
/// the node says to them.
namespace gimlet::ui
{

/// The longest text of one object, either way.
inline constexpr std::size_t MAX_OBJECT = 512 * 1024;

// Page to node.

struct ClientHello
{
	friend bool operator==(const ClientHello&, const ClientHello&) = default;
};

/// Asks for a Pong: whether the node is still there.
struct Ping
{
	friend bool operator==(const Ping&, const Ping&) = default;
};

struct SendMessage
{
	std::string content;
	std::optional<PeerId> to; ///< empty: everybody who is linked
	std::string id;           ///< empty: the node chooses

	friend bool operator==(const SendMessage&, const SendMessage&) = default;
};

/// A person has compared the codes of the link with a peer, and they are the same.
struct VerifyPeer
{
	PeerId peer;
	/// What was compared, words or digits; empty: not told. Another than the link has now is refused.
	std::string code;

	friend bool operator==(const VerifyPeer&, const VerifyPeer&) = default;
};

/// Takes a verification back; of a refused peer, forgets the identity that was verified under its name.
struct UnverifyPeer
{
	PeerId peer;

	friend bool operator==(const UnverifyPeer&, const UnverifyPeer&) = default;
};

/// A person has compared the codes, and they differ: ends the link, and refuses the peer until UnverifyPeer.
struct RefusePeer
{
	PeerId peer;

	friend bool operator==(const RefusePeer&, const RefusePeer&) = default;
};

/// A type that this version does not know.
struct Unknown
{
	std::string type;

	friend bool operator==(const Unknown&, const Unknown&) = default;
};

using FromPage = std::variant<ClientHello, Ping, SendMessage, VerifyPeer, UnverifyPeer, RefusePeer, Unknown>;

// Node to page.

struct SignalingStatus
{
	SignalingState state = SignalingState::Offline;
	std::string message;

	friend bool operator==(const SignalingStatus&, const SignalingStatus&) = default;
};

struct CandidateLine
{
	CandidateType type = CandidateType::Host;
	std::string address;
	std::string source;

	friend bool operator==(const CandidateLine&, const CandidateLine&) = default;
};

/// NatBehaviour as it is shown.
struct NatView
{
	MappingBehaviour mapping = MappingBehaviour::Unknown;
	FilteringBehaviour filtering = FilteringBehaviour::Unknown;
	PortAssignment assignment = PortAssignment::Unknown;
	int step = 0;
	std::optional<bool> hairpin;

	friend bool operator==(const NatView&, const NatView&) = default;
};

/// NetworkFact as it is shown.
struct FactView
{
	std::string topic;
	std::string subject; ///< empty: there is only one
	NetworkFact::Verdict verdict = NetworkFact::Verdict::Unknown;
	std::string text;
	std::string value; ///< empty: none
	std::optional<double> roundTripMs;
	bool pending = false;

	FactView() = default;
	explicit FactView(const NetworkFact& fact);
	friend bool operator==(const FactView&, const FactView&) = default;
};

struct NetworkStatus
{
	MappingBehaviour mapping = MappingBehaviour::Unknown; ///< nat.mapping, where older pages look for it
	std::vector<CandidateLine> candidates;
	NatView nat{};
	std::vector<FactView> facts{}; ///< by topic, those first that the others rest upon
	UdpReach udp = UdpReach::Unknown;
	std::vector<std::string> verdict{}; ///< what it means for links, see NetworkVerdict

	friend bool operator==(const NetworkStatus&, const NetworkStatus&) = default;
};

/// What a node knows of its network now, as it is judged and as it is shown.
/// @param patient See NetworkKnowledge: a rendezvous or a TURN server that is waited for has then not
/// answered.
NetworkKnowledge networkKnowledge(const Node& node, bool patient = false);
NetworkStatus networkStatus(const Node& node, bool patient = false);

/// PeerInfo as it is shown: numbers in the units of the page.
struct PeerView
{
	PeerId id;
	std::string name;
	LinkState state = LinkState::Waiting;
	std::string message;
	WallTime since{0};
	std::string address; ///< empty: none
	bool present = false;
	std::string transport;
	bool encrypted = false;
	bool acknowledges = false;
	std::optional<double> roundTripMs;
	std::uint64_t queued = 0;
	std::uint64_t bytesSent = 0;
	std::uint64_t bytesReceived = 0;
	std::uint64_t retransmissions = 0;
	Trust trust = Trust::Unproven;
	LinkRefusal refusal = LinkRefusal::None;
	std::string verifiedAs;   ///< empty: nobody has verified this identity
	std::string path;         ///< see describePath()
	std::string localAddress; ///< empty: none
	std::optional<CandidateType> localType;
	std::optional<CandidateType> remoteType;
	std::string cipher; ///< empty: none
	std::string codeWords;
	std::string codeDigits;  ///< empty, as codeWords: there is none to compare
	std::string codeFailure; ///< why there will be none; empty: nothing has failed

	PeerView() = default;
	explicit PeerView(const PeerInfo& peer);
	friend bool operator==(const PeerView&, const PeerView&) = default;
};

/// What kind of path a link takes, in words: "direct", "direct, same network", "relayed"; "" without a link.
std::string describePath(const LinkStatus& link);

struct PluginView
{
	std::string name;
	std::string role;
	PluginState state = PluginState::Stopped;
	std::string message;
	bool required = true;

	PluginView() = default;
	explicit PluginView(const PluginInfo& plugin);
	friend bool operator==(const PluginView&, const PluginView&) = default;
};

struct InitInfo
{
	PeerId workerId;
	std::optional<PeerId> linkedPeer; ///< the first whose link is up
	std::string name;
	std::string version;
	std::uint64_t maxMessage = 0;
	bool encrypted = false;
	std::string run; ///< names this run of the node; empty where there is no history
	SignalingStatus signaling;
	bool ready = false;
	std::vector<PluginView> plugins;
	std::vector<PeerView> peers;
	NetworkStatus network;

	friend bool operator==(const InitInfo&, const InitInfo&) = default;
};

struct StatusUpdate
{
	std::string message;
	std::optional<PeerId> peer; ///< only while its link is up or silent
	LinkState state = LinkState::Waiting;
	std::optional<PeerId> about;

	friend bool operator==(const StatusUpdate&, const StatusUpdate&) = default;
};

struct MessageReceived
{
	PeerId from;
	std::string name; ///< as the peer was called when it came
	std::string content;
	std::string id;
	WallTime time{0};
	std::uint64_t seq = 0; ///< 0: not counted

	friend bool operator==(const MessageReceived&, const MessageReceived&) = default;
};

struct DeliveryState
{
	PeerId peer;
	Delivery state = Delivery::Queued;
	std::string message;

	friend bool operator==(const DeliveryState&, const DeliveryState&) = default;
};

struct MessageSent
{
	std::string id;
	std::string content;
	std::vector<PeerId> to;
	WallTime time{0};
	std::uint64_t seq = 0;                 ///< 0: not counted
	std::vector<DeliveryState> deliveries; ///< in a history only

	friend bool operator==(const MessageSent&, const MessageSent&) = default;
};

struct DeliveryUpdate
{
	std::string id;
	DeliveryState delivery;

	friend bool operator==(const DeliveryUpdate&, const DeliveryUpdate&) = default;
};

using Message = std::variant<MessageReceived, MessageSent>;

struct HistoryPart
{
	std::vector<Message> messages;

	friend bool operator==(const HistoryPart&, const HistoryPart&) = default;
};

struct PeerUpdate
{
	PeerView peer;

	friend bool operator==(const PeerUpdate&, const PeerUpdate&) = default;
};

struct PeerForgotten
{
	PeerId peer;

	friend bool operator==(const PeerForgotten&, const PeerForgotten&) = default;
};

struct PluginUpdate
{
	PluginView plugin;

	friend bool operator==(const PluginUpdate&, const PluginUpdate&) = default;
};

struct Notice
{
	std::string message;

	friend bool operator==(const Notice&, const Notice&) = default;
};

struct Error
{
	std::string message;
	std::string code;
	std::string id;   ///< of the refused message; empty if it had none
	PeerId peer = {}; ///< whom it is about, where it is about a peer

	friend bool operator==(const Error&, const Error&) = default;
};

struct Pong
{
	friend bool operator==(const Pong&, const Pong&) = default;
};

/// A verification was taken back or made; told to whom asked for it.
struct Verification
{
	PeerId peer;
	bool verified = false;

	friend bool operator==(const Verification&, const Verification&) = default;
};

using ToPage = std::variant<InitInfo, HistoryPart, StatusUpdate, MessageReceived, MessageSent, DeliveryUpdate,
	PeerUpdate, PeerForgotten, SignalingStatus, PluginUpdate, NetworkStatus, Notice, Verification, Error,
	Pong, Unknown>;

}
