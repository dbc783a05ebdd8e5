#include "node/protocol/ui/Codec.h"

namespace gimlet::ui
{

namespace
{

using json::Writer;

template <typename T>
void optionalMember(Writer& out, std::string_view name, const std::optional<T>& value)
{
	out.key(name);
	if (value)
		out.value(*value);
	else
		out.value(nullptr);
}

/// Null for what is not there.
void textMember(Writer& out, std::string_view name, const std::string& value)
{
	optionalMember(out, name, value.empty() ? std::optional<std::string>{} : value);
}

void typeMember(Writer& out, std::string_view name, const std::optional<CandidateType>& type)
{
	optionalMember(out, name, type ? std::optional<std::string>{toString(*type)} : std::nullopt);
}

void writePath(Writer& out, const PeerView& peer)
{
	textMember(out, "path", peer.path);
	typeMember(out, "local_type", peer.localType);
	typeMember(out, "remote_type", peer.remoteType);
	textMember(out, "local_address", peer.localAddress);
	textMember(out, "cipher", peer.cipher);
	out.member("retransmissions", peer.retransmissions);
}

void writeTrust(Writer& out, const PeerView& peer)
{
	out.member("trust", toString(peer.trust));
	textMember(out, "refusal", peer.refusal == LinkRefusal::None ? "" : toString(peer.refusal));
	textMember(out, "verified_as", peer.verifiedAs);
	out.key("code");
	if (peer.codeDigits.empty())
		out.value(nullptr);
	else
		out.beginObject().member("words", peer.codeWords).member("digits", peer.codeDigits).endObject();
	textMember(out, "code_failure", peer.codeFailure);
}

void writeMembers(Writer& out, const PeerView& peer)
{
	out.member("id", peer.id).member("name", peer.name).member("state", toString(peer.state));
	out.member("message", peer.message).member("since", peer.since.count());
	textMember(out, "address", peer.address);
	out.member("present", peer.present).member("transport", peer.transport);
	out.member("encrypted", peer.encrypted).member("acknowledges", peer.acknowledges);
	optionalMember(out, "round_trip_ms", peer.roundTripMs);
	out.member("queued", peer.queued).member("bytes_sent", peer.bytesSent);
	out.member("bytes_received", peer.bytesReceived);
	writePath(out, peer);
	writeTrust(out, peer);
}

void writeMembers(Writer& out, const PluginView& plugin)
{
	out.member("name", plugin.name).member("role", plugin.role).member("state", toString(plugin.state));
	out.member("message", plugin.message).member("required", plugin.required);
}

void writeMembers(Writer& out, const SignalingStatus& signaling)
{
	out.member("state", toString(signaling.state)).member("message", signaling.message);
}

void writeMembers(Writer& out, const CandidateLine& candidate)
{
	out.member("type", toString(candidate.type)).member("address", candidate.address);
	out.member("source", candidate.source);
}

void writeMembers(Writer& out, const NatView& nat)
{
	out.member("mapping", toString(nat.mapping)).member("filtering", toString(nat.filtering));
	out.member("assignment", toString(nat.assignment)).member("step", nat.step);
	optionalMember(out, "hairpin", nat.hairpin);
}

void writeMembers(Writer& out, const FactView& fact)
{
	out.member("topic", fact.topic);
	textMember(out, "subject", fact.subject);
	out.member("verdict", toString(fact.verdict)).member("text", fact.text);
	textMember(out, "value", fact.value);
	optionalMember(out, "round_trip_ms", fact.roundTripMs);
	if (fact.pending)
		out.member("pending", true);
}

void writeMembers(Writer& out, const DeliveryState& delivery)
{
	out.member("peer_id", delivery.peer).member("state", toString(delivery.state));
	out.member("message", delivery.message);
}

template <typename T>
void objectMember(Writer& out, std::string_view name, const T& value)
{
	out.key(name).beginObject();
	writeMembers(out, value);
	out.endObject();
}

template <typename T>
void arrayMember(Writer& out, std::string_view name, const std::vector<T>& values)
{
	out.key(name).beginArray();
	for (const auto& value : values)
	{
		out.beginObject();
		writeMembers(out, value);
		out.endObject();
	}
	out.endArray();
}

void writeMembers(Writer& out, const NetworkStatus& network)
{
	out.member("mapping", toString(network.mapping));
	arrayMember(out, "candidates", network.candidates);
	objectMember(out, "nat", network.nat);
	arrayMember(out, "facts", network.facts);
	out.member("udp", toString(network.udp)).key("verdict").beginArray();
	for (const auto& sentence : network.verdict)
		out.value(sentence);
	out.endArray();
}

/// Writes the members of each object behind its type.
struct Encoder
{
	Writer& out;

	void operator()(const ClientHello&) const
	{
		out.member("type", "ui_client_hello");
	}

	void operator()(const Ping&) const
	{
		out.member("type", "ping");
	}

	void operator()(const SendMessage& message) const
	{
		out.member("type", "send_p2p_message").member("content", message.content);
		if (message.to)
			out.member("to", *message.to);
		if (!message.id.empty())
			out.member("id", message.id);
	}

	void operator()(const VerifyPeer& verify) const
	{
		out.member("type", "verify_peer").member("peer_id", verify.peer);
		if (!verify.code.empty())
			out.member("code", verify.code);
	}

	void operator()(const UnverifyPeer& unverify) const
	{
		out.member("type", "unverify_peer").member("peer_id", unverify.peer);
	}

	void operator()(const RefusePeer& refuse) const
	{
		out.member("type", "refuse_peer").member("peer_id", refuse.peer);
	}

	void operator()(const Unknown& unknown) const
	{
		out.member("type", unknown.type);
	}

	void operator()(const InitInfo& info) const
	{
		out.member("type", "init_info").member("worker_id", info.workerId);
		optionalMember(out, "p2p_peer_id", info.linkedPeer);
		out.member("name", info.name).member("version", info.version).member("max_message", info.maxMessage);
		out.member("encrypted", info.encrypted);
		if (!info.run.empty())
			out.member("run", info.run);
		objectMember(out, "signaling", info.signaling);
		out.member("ready", info.ready);
		arrayMember(out, "plugins", info.plugins);
		arrayMember(out, "peers", info.peers);
		writeMembers(out, info.network);
	}

	void operator()(const HistoryPart& history) const
	{
		out.member("type", "history").key("messages").beginArray();
		for (const auto& message : history.messages)
		{
			out.beginObject();
			std::visit(*this, message);
			out.endObject();
		}
		out.endArray();
	}

	void operator()(const StatusUpdate& update) const
	{
		out.member("type", "p2p_status_update").member("message", update.message);
		optionalMember(out, "peer_id", update.peer);
		out.member("state", toString(update.state));
		optionalMember(out, "about", update.about);
	}

	void operator()(const MessageReceived& message) const
	{
		out.member("type", "p2p_message_received").member("from_peer_id", message.from);
		out.member("name", message.name).member("content", message.content).member("id", message.id);
		out.member("time", message.time.count());
		if (message.seq)
			out.member("seq", message.seq);
	}

	void operator()(const MessageSent& message) const
	{
		out.member("type", "message_sent").member("id", message.id).member("content", message.content);
		out.key("to").beginArray();
		for (const auto& peer : message.to)
			out.value(peer);
		out.endArray().member("time", message.time.count());
		if (message.seq)
			out.member("seq", message.seq);
		if (!message.deliveries.empty())
			arrayMember(out, "deliveries", message.deliveries);
	}

	void operator()(const DeliveryUpdate& update) const
	{
		out.member("type", "delivery").member("id", update.id);
		writeMembers(out, update.delivery);
	}

	void operator()(const PeerUpdate& update) const
	{
		out.member("type", "peer");
		objectMember(out, "peer", update.peer);
	}

	void operator()(const PeerForgotten& forgotten) const
	{
		out.member("type", "peer_forgotten").member("peer_id", forgotten.peer);
	}

	void operator()(const SignalingStatus& signaling) const
	{
		out.member("type", "signaling");
		writeMembers(out, signaling);
	}

	void operator()(const PluginUpdate& update) const
	{
		out.member("type", "plugin");
		objectMember(out, "plugin", update.plugin);
	}

	void operator()(const NetworkStatus& network) const
	{
		out.member("type", "network");
		writeMembers(out, network);
	}

	void operator()(const Notice& notice) const
	{
		out.member("type", "notice").member("message", notice.message);
	}

	void operator()(const Verification& verification) const
	{
		out.member("type", "verification").member("peer_id", verification.peer);
		out.member("verified", verification.verified);
	}

	void operator()(const Error& error) const
	{
		out.member("type", "error").member("message", error.message);
		if (!error.code.empty())
			out.member("code", error.code);
		if (!error.id.empty())
			out.member("id", error.id);
		if (!error.peer.empty())
			out.member("peer_id", error.peer);
	}

	void operator()(const Pong&) const
	{
		out.member("type", "pong");
	}
};

template <typename Variant>
std::string encodeAny(const Variant& object)
{
	Writer out;
	out.beginObject();
	std::visit(Encoder{out}, object);
	out.endObject();
	return out.take();
}

}

std::string encode(const FromPage& object)
{
	return encodeAny(object);
}

std::string encode(const ToPage& object)
{
	return encodeAny(object);
}

void encode(json::Writer& out, const PeerView& peer)
{
	out.beginObject();
	writeMembers(out, peer);
	out.endObject();
}

void encode(json::Writer& out, const NetworkStatus& network)
{
	out.beginObject();
	writeMembers(out, network);
	out.endObject();
}

}
