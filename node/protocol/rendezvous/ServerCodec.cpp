#include "node/protocol/rendezvous/ServerCodec.h"

#include "node/protocol/base64/Base64.h"
#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/rendezvous/Fields.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous
{

namespace
{

std::optional<ClientMessage> decodePublicIp(const json::Object& object, std::string& error)
{
	const auto ip = object.text("ip", MAX_ADDRESS);
	const auto address = ip ? Endpoint::parseAddress(*ip, 0) : std::nullopt;
	if (!address)
	{
		error = "\"ip\" must be an IPv4 or IPv6 address";
		return std::nullopt;
	}
	return RegisterPublicIp{address->addressString()};
}

/// Only the form is judged here: what the parts are worth is for identity::verify().
std::optional<ClientMessage> decodeProve(const json::Object& object, std::string& error)
{
	const auto bytes = [&](std::string_view name, std::size_t maxLength)
	{
		const auto text = object.text(name, maxLength / 3 * 4 + 4);
		return text ? base64::decode(*text, maxLength) : std::nullopt;
	};
	auto publicKey = bytes("public_key", identity::PUBLIC_KEY_SIZE);
	auto signature = bytes("signature", identity::MAX_SIGNATURE_SIZE);
	const auto nonceText = object.text("client_nonce", 64);
	const auto nonce = nonceText ? identity::nonceFromHex(*nonceText) : std::nullopt;
	const auto hostText = object.text("host", identity::MAX_HOST);
	auto host = hostText ? identity::proofHost(*hostText) : std::nullopt;
	if (!publicKey)
		error = "prove's \"public_key\" must be base64 of at most 91 bytes";
	else if (!signature)
		error = "prove's \"signature\" must be base64 of at most 72 bytes";
	else if (!nonce)
		error = "prove's \"client_nonce\" must be 64 hexadecimal digits in lower case";
	else if (!host || *host != *hostText)
		error = "prove's \"host\" must be a host in lower case, with its port if that is no usual one";
	else
		return Prove{std::move(*publicKey), *nonce, std::move(*host), std::move(*signature),
			object.boolean("yield").value_or(false)};
	return std::nullopt;
}

std::optional<ClientMessage> decodeHello(const json::Object& object, std::string& error)
{
	const auto protocol = object.integer("protocol", 1, 1'000'000);
	auto transports = transportsOf(object);
	auto name = object.has("name") ? object.text("name", MAX_NAME) : std::string{};
	if (!protocol)
		error = "hello's \"protocol\" must be a number from 1";
	else if (!transports || transports->empty())
		error = "hello's \"transports\" must be 1 to 16 names such as \"udp-plain/1\"";
	else if (!name || !isName(*name))
		error = "hello's \"name\" must be at most 64 characters, none of them a control character";
	else
		return Hello{static_cast<int>(*protocol), std::move(*transports), std::move(*name)};
	return std::nullopt;
}

void writeTurn(json::Writer& out, const TurnServers& turn)
{
	out.key("turn").beginArray();
	for (const TurnServer& server : turn.servers)
	{
		out.beginObject();
		writeTexts(out, "urls", server.urls);
		out.member("username", server.username).member("credential", server.credential).endObject();
	}
	out.endArray().member("turn_ttl", turn.ttl.count());
}

}

std::optional<ClientMessage> decodeClientMessage(
	std::string_view text, std::string& error, const json::Limits& limits)
{
	const auto object = json::Object::parse(text, error, limits);
	if (!object)
		return std::nullopt;
	auto type = object->text("type", 64);
	if (!type)
	{
		error = "\"type\" must be a text of at most 64 characters";
		return std::nullopt;
	}
	if (*type == "signal")
	{
		auto signal = signalOf(*object, "to", error);
		return signal ? std::optional<ClientMessage>{std::move(*signal)} : std::nullopt;
	}
	if (*type == "update_udp_endpoint")
	{
		UpdateUdpEndpoint update;
		update.endpoint = endpointOf(*object, "udp_ip", "udp_port", update.problem);
		return update;
	}
	if (*type == "register_public_ip")
		return decodePublicIp(*object, error);
	if (*type == "hello")
		return decodeHello(*object, error);
	if (*type == "prove")
		return decodeProve(*object, error);
	if (*type == "echo")
		return Echo{otherMembers(*object)};
	if (*type == "get_my_details")
		return GetMyDetails{};
	return Unknown{std::move(*type)};
}

std::string encode(const UdpEndpointAck& message)
{
	json::Writer out;
	out.beginObject().member("type", "udp_endpoint_ack").member("status", message.status);
	return out.endObject().take();
}

std::string encode(const EchoResponse& message)
{
	return encodeMembers("echo_response", message.members);
}

std::string encode(const MyDetails& message)
{
	json::Writer out{512};
	out.beginObject().member("type", "my_details_response").member("worker_id", message.workerId);
	out.member("room", message.room).member("name", message.name);
	writeTexts(out, "transports", message.transports);
	out.key("public_ip");
	if (message.publicIp.empty())
		out.value(nullptr);
	else
		out.value(message.publicIp);
	if (message.endpoint)
		writeEndpoint(out, *message.endpoint, "udp_ip", "udp_port");
	else
		out.member("udp_ip", nullptr).member("udp_port", nullptr);
	return out.member("seen_ip", message.seenIp).endObject().take();
}

std::string encode(const Challenge& message)
{
	json::Writer out;
	out.beginObject().member("type", "challenge").member("nonce", identity::toHex(message.nonce));
	return out.endObject().take();
}

std::string encode(const Welcome& message)
{
	json::Writer out;
	out.beginObject().member("type", "welcome").member("protocol", message.protocol);
	out.member("room", message.room).member("seen_ip", message.seenIp);
	out.member("ping_interval", message.pingInterval);
	if (message.relay)
	{
		out.key("relay").beginObject().member("path", message.relay->path);
		if (!message.relay->ticket.empty())
			out.member("ticket", message.relay->ticket);
		out.member("address", message.relay->address.addressString()).endObject();
	}
	if (!message.turn.servers.empty())
		writeTurn(out, message.turn);
	return out.endObject().take();
}

std::string encode(const Offer& message)
{
	json::Writer out{384};
	out.beginObject().member("type", "p2p_connection_offer").member("peer_worker_id", message.peer);
	if (message.endpoint)
		writeEndpoint(out, *message.endpoint, "peer_udp_ip", "peer_udp_port");
	if (!message.session.empty())
	{
		out.member("transport", message.transport).member("session", message.session);
		out.member("name", message.name).member("hello", message.hello);
		if (message.seen)
			out.member("seen_ip", message.seen->addressString());
	}
	return out.endObject().take();
}

std::string encode(const TurnServers& message)
{
	json::Writer out{512};
	out.beginObject().member("type", "turn");
	writeTurn(out, message);
	return out.endObject().take();
}

std::string encodeSignalFrom(const Signal& signal)
{
	return encodeSignal(signal, "from");
}

std::string encode(const SignalFailed& message)
{
	json::Writer out;
	out.beginObject().member("type", "signal_failed").member("to", message.peer);
	return out.member("session", message.session).member("reason", message.reason).endObject().take();
}

std::string encode(const PeerLeft& message)
{
	json::Writer out;
	return out.beginObject()
		.member("type", "peer_left")
		.member("peer_worker_id", message.peer)
		.endObject()
		.take();
}

std::string encode(const PeerIncompatible& message)
{
	json::Writer out{512};
	out.beginObject().member("type", "peer_incompatible").member("peer_worker_id", message.peer);
	out.member("name", message.name);
	writeTexts(out, "transports", message.transports);
	return out.member("message", message.message).endObject().take();
}

std::string encode(const Error& message)
{
	json::Writer out;
	out.beginObject().member("type", "error").member("code", message.code);
	return out.member("message", message.message).endObject().take();
}

}
