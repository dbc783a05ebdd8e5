#include <array>

#include "node/protocol/ui/Codec.h"
#include "node/protocol/ui/Reader.h"

namespace gimlet::ui
{

namespace
{

constexpr json::Limits LIMITS{.size = MAX_OBJECT, .depth = 16, .members = 64};

constexpr std::array LINK_STATES{LinkState::Waiting, LinkState::Attempted, LinkState::Up, LinkState::Silent,
	LinkState::Lost, LinkState::Refused};
constexpr std::array PLUGIN_STATES{PluginState::Stopped, PluginState::Starting, PluginState::Ready,
	PluginState::Degraded, PluginState::Failed};
constexpr std::array SIGNALING_STATES{
	SignalingState::Offline, SignalingState::Connecting, SignalingState::Online, SignalingState::Refused};
constexpr std::array DELIVERIES{
	Delivery::Queued, Delivery::Sent, Delivery::Delivered, Delivery::Unconfirmed, Delivery::Failed};
constexpr std::array MAPPINGS{
	MappingBehaviour::Unknown, MappingBehaviour::EndpointIndependent, MappingBehaviour::AddressDependent};
constexpr std::array FILTERINGS{FilteringBehaviour::Unknown, FilteringBehaviour::EndpointIndependent,
	FilteringBehaviour::AddressDependent, FilteringBehaviour::AddressAndPortDependent};
constexpr std::array ASSIGNMENTS{
	PortAssignment::Unknown, PortAssignment::Preserving, PortAssignment::Sequential, PortAssignment::Random};
constexpr std::array UDP_REACHES{UdpReach::Unknown, UdpReach::Works, UdpReach::Blocked};
constexpr std::array VERDICTS{
	NetworkFact::Verdict::Unknown, NetworkFact::Verdict::Good, NetworkFact::Verdict::Bad};
constexpr std::array CANDIDATE_TYPES{CandidateType::Host, CandidateType::ServerReflexive,
	CandidateType::PeerReflexive, CandidateType::Relayed};

constexpr std::array TRUSTS{Trust::Unproven, Trust::Proven, Trust::Verified, Trust::Configured};
constexpr std::array REFUSALS{
	LinkRefusal::NotInPeers, LinkRefusal::IdentityChanged, LinkRefusal::Unproven, LinkRefusal::CodesDiffer};

std::uint64_t count(std::int64_t value)
{
	return static_cast<std::uint64_t>(value);
}

struct Code
{
	std::string words;
	std::string digits;
};

Code readCode(Reader& in)
{
	auto words = in.text("words", MAX_ID);
	return {std::move(words), in.text("digits", MAX_ID)};
}

void readPath(Reader& in, PeerView& peer)
{
	peer.path = in.textOr("path", MAX_ID);
	if (in.has("local_type"))
		peer.localType = in.word("local_type", CANDIDATE_TYPES);
	if (in.has("remote_type"))
		peer.remoteType = in.word("remote_type", CANDIDATE_TYPES);
	peer.localAddress = in.textOr("local_address", MAX_ID);
	peer.cipher = in.textOr("cipher", MAX_ID);
	peer.retransmissions = count(in.integerOrZero("retransmissions"));
}

void readTrust(Reader& in, PeerView& peer)
{
	if (in.has("trust"))
		peer.trust = in.word("trust", TRUSTS);
	if (in.has("refusal"))
		peer.refusal = in.word("refusal", REFUSALS);
	peer.verifiedAs = in.textOr("verified_as", MAX_SENTENCE);
	peer.codeFailure = in.textOr("code_failure", MAX_SENTENCE);
	if (!in.has("code"))
		return;
	auto code = in.object("code", readCode);
	peer.codeWords = std::move(code.words);
	peer.codeDigits = std::move(code.digits);
	if (peer.codeDigits.empty())
		in.fail("code");
}

PeerView readPeer(Reader& in)
{
	PeerView peer;
	peer.id = in.text("id", MAX_ID);
	peer.name = in.textOr("name", MAX_SENTENCE);
	peer.state = in.word("state", LINK_STATES);
	peer.message = in.textOr("message", MAX_SENTENCE);
	peer.since = WallTime{in.integerOrZero("since")};
	peer.address = in.textOr("address", MAX_ID);
	peer.present = in.boolean("present");
	peer.transport = in.textOr("transport", MAX_ID);
	peer.encrypted = in.boolean("encrypted");
	peer.acknowledges = in.boolean("acknowledges");
	peer.roundTripMs = in.number("round_trip_ms");
	peer.queued = count(in.integerOrZero("queued"));
	peer.bytesSent = count(in.integerOrZero("bytes_sent"));
	peer.bytesReceived = count(in.integerOrZero("bytes_received"));
	readPath(in, peer);
	readTrust(in, peer);
	return peer;
}

PluginView readPlugin(Reader& in)
{
	PluginView plugin;
	plugin.name = in.text("name", MAX_ID);
	plugin.role = in.textOr("role", MAX_ID);
	plugin.state = in.word("state", PLUGIN_STATES);
	plugin.message = in.textOr("message", MAX_SENTENCE);
	plugin.required = in.boolean("required");
	return plugin;
}

SignalingStatus readSignaling(Reader& in)
{
	const auto state = in.word("state", SIGNALING_STATES);
	return {state, in.textOr("message", MAX_SENTENCE)};
}

CandidateLine readCandidate(Reader& in)
{
	const auto type = in.word("type", CANDIDATE_TYPES);
	auto address = in.text("address", MAX_ID);
	return {type, std::move(address), in.textOr("source", MAX_SENTENCE)};
}

NatView readNat(Reader& in)
{
	NatView nat;
	nat.mapping = in.word("mapping", MAPPINGS);
	nat.filtering = in.word("filtering", FILTERINGS);
	nat.assignment = in.word("assignment", ASSIGNMENTS);
	nat.step = in.smallInteger("step");
	nat.hairpin = in.optionalBoolean("hairpin");
	return nat;
}

FactView readFact(Reader& in)
{
	FactView fact;
	fact.topic = in.text("topic", MAX_TYPE);
	fact.subject = in.textOr("subject", MAX_SENTENCE);
	fact.verdict = in.word("verdict", VERDICTS);
	fact.text = in.text("text", MAX_SENTENCE);
	fact.value = in.textOr("value", MAX_SENTENCE);
	fact.roundTripMs = in.number("round_trip_ms");
	fact.pending = in.has("pending") && in.boolean("pending");
	return fact;
}

NetworkStatus readNetwork(Reader& in)
{
	NetworkStatus network;
	network.mapping = in.word("mapping", MAPPINGS);
	network.candidates = in.objects("candidates", readCandidate);
	// Older nodes know no more.
	if (in.has("nat"))
		network.nat = in.object("nat", readNat);
	if (in.has("facts"))
		network.facts = in.objects("facts", readFact);
	if (in.has("udp"))
		network.udp = in.word("udp", UDP_REACHES);
	if (in.has("verdict"))
		network.verdict = in.texts("verdict", MAX_SENTENCE);
	return network;
}

DeliveryState readDelivery(Reader& in)
{
	auto peer = in.text("peer_id", MAX_ID);
	const auto state = in.word("state", DELIVERIES);
	return {std::move(peer), state, in.textOr("message", MAX_SENTENCE)};
}

MessageReceived readReceived(Reader& in)
{
	MessageReceived message;
	message.from = in.text("from_peer_id", MAX_ID);
	message.name = in.textOr("name", MAX_SENTENCE);
	message.content = in.text("content", MAX_OBJECT);
	message.id = in.textOr("id", MAX_ID);
	message.time = WallTime{in.integerOrZero("time")};
	message.seq = count(in.integerOrZero("seq"));
	return message;
}

MessageSent readSent(Reader& in)
{
	MessageSent message;
	message.id = in.text("id", MAX_ID);
	message.content = in.text("content", MAX_OBJECT);
	message.to = in.texts("to");
	message.time = WallTime{in.integerOrZero("time")};
	message.seq = count(in.integerOrZero("seq"));
	if (in.has("deliveries"))
		message.deliveries = in.objects("deliveries", readDelivery);
	return message;
}

Message readMessage(Reader& in)
{
	const auto type = in.text("type", MAX_TYPE);
	if (type == "message_sent")
		return readSent(in);
	if (type != "p2p_message_received")
		in.fail("type");
	return readReceived(in);
}

InitInfo readInit(Reader& in)
{
	InitInfo info;
	info.workerId = in.text("worker_id", MAX_ID);
	info.linkedPeer = in.optionalText("p2p_peer_id", MAX_ID);
	info.name = in.textOr("name", MAX_SENTENCE);
	info.version = in.textOr("version", MAX_ID);
	info.maxMessage = count(in.integerOrZero("max_message"));
	info.encrypted = in.boolean("encrypted");
	info.run = in.textOr("run", MAX_ID);
	info.signaling = in.object("signaling", readSignaling);
	info.ready = in.boolean("ready");
	info.plugins = in.objects("plugins", readPlugin);
	info.peers = in.objects("peers", readPeer);
	info.network = readNetwork(in);
	return info;
}

StatusUpdate readStatus(Reader& in)
{
	StatusUpdate update;
	update.message = in.textOr("message", MAX_SENTENCE);
	update.peer = in.optionalText("peer_id", MAX_ID);
	update.state = in.word("state", LINK_STATES);
	update.about = in.optionalText("about", MAX_ID);
	return update;
}

ToPage readToPage(std::string type, Reader& in)
{
	if (type == "init_info")
		return readInit(in);
	if (type == "history")
		return HistoryPart{in.objects("messages", readMessage)};
	if (type == "p2p_status_update")
		return readStatus(in);
	if (type == "p2p_message_received")
		return readReceived(in);
	if (type == "message_sent")
		return readSent(in);
	if (type == "delivery")
	{
		auto id = in.text("id", MAX_ID);
		return DeliveryUpdate{std::move(id), readDelivery(in)};
	}
	if (type == "peer")
		return PeerUpdate{in.object("peer", readPeer)};
	if (type == "peer_forgotten")
		return PeerForgotten{in.text("peer_id", MAX_ID)};
	if (type == "signaling")
		return readSignaling(in);
	if (type == "plugin")
		return PluginUpdate{in.object("plugin", readPlugin)};
	if (type == "network")
		return readNetwork(in);
	if (type == "notice")
		return Notice{in.text("message", MAX_SENTENCE)};
	if (type == "error")
	{
		auto message = in.text("message", MAX_SENTENCE);
		auto code = in.textOr("code", MAX_ID);
		auto id = in.textOr("id", MAX_ID);
		return Error{std::move(message), std::move(code), std::move(id), in.textOr("peer_id", MAX_ID)};
	}
	if (type == "verification")
	{
		auto peer = in.text("peer_id", MAX_ID);
		return Verification{std::move(peer), in.boolean("verified")};
	}
	if (type == "pong")
		return Pong{};
	return Unknown{std::move(type)};
}

FromPage readFromPage(std::string type, Reader& in)
{
	if (type == "send_p2p_message")
	{
		auto content = in.text("content", MAX_OBJECT);
		auto to = in.optionalText("to", MAX_ID);
		return SendMessage{std::move(content), std::move(to), in.textOr("id", MAX_ID)};
	}
	if (type == "verify_peer")
	{
		auto peer = in.text("peer_id", MAX_ID);
		return VerifyPeer{std::move(peer), in.textOr("code", MAX_ID)};
	}
	if (type == "unverify_peer")
		return UnverifyPeer{in.text("peer_id", MAX_ID)};
	if (type == "refuse_peer")
		return RefusePeer{in.text("peer_id", MAX_ID)};
	if (type == "ui_client_hello")
		return ClientHello{};
	if (type == "ping")
		return Ping{};
	return Unknown{std::move(type)};
}

template <typename Variant>
std::optional<Variant> decode(
	std::string_view text, std::string& error, Variant (*read)(std::string type, Reader& in))
{
	const auto object = json::Object::parse(text, error, LIMITS);
	if (!object)
		return std::nullopt;
	Reader in{*object};
	auto type = in.text("type", MAX_TYPE);
	if (in.error().empty())
	{
		auto value = read(std::move(type), in);
		if (in.error().empty())
			return value;
	}
	error = in.error();
	return std::nullopt;
}

}

std::optional<FromPage> decodeFromPage(std::string_view text, std::string& error)
{
	return decode(text, error, readFromPage);
}

std::optional<ToPage> decodeToPage(std::string_view text, std::string& error)
{
	return decode(text, error, readToPage);
}

}
