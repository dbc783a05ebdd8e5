#include "node/protocol/rendezvous/ClientCodec.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/relay/Address.h"
#include "node/protocol/rendezvous/Fields.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous
{

namespace
{

constexpr std::size_t MAX_SENTENCE = 500;

/// A year: that of credentials which somebody set for ever.
constexpr std::int64_t MAX_TURN_TTL = 31'536'000;

std::optional<ServerMessage> decodeOffer(const json::Object& object, std::string& error)
{
	Offer offer;
	auto peer = idOf(object, "peer_worker_id");
	if (!peer)
	{
		error = "an offer's \"peer_worker_id\" must be a worker id";
		return std::nullopt;
	}
	offer.peer = std::move(*peer);
	offer.name = shown(object, "name", MAX_NAME);
	offer.hello = object.boolean("hello").value_or(false);
	if (object.has("session") || object.has("transport"))
	{
		auto session = sessionOf(object);
		auto transport = object.text("transport", MAX_TRANSPORT);
		if (!session || !transport || !isTransport(*transport))
		{
			error = "an offer's \"session\" and \"transport\" must both be acceptable";
			return std::nullopt;
		}
		offer.session = std::move(*session);
		offer.transport = std::move(*transport);
	}
	const bool plain = offer.transport.empty() || offer.transport == PLAIN_TRANSPORT;
	if (plain || object.has("peer_udp_ip") || object.has("peer_udp_port"))
	{
		const Endpoint endpoint = endpointOf(object, "peer_udp_ip", "peer_udp_port", error);
		if (!endpoint.valid())
			return std::nullopt;
		offer.endpoint = endpoint;
	}
	if (object.has("seen_ip"))
	{
		const auto text = object.text("seen_ip", MAX_ADDRESS);
		offer.seen = text ? Endpoint::parseAddress(*text, 0) : std::nullopt;
		if (!offer.seen)
		{
			error = "an offer's \"seen_ip\" must be an IPv4 or IPv6 address";
			return std::nullopt;
		}
	}
	return offer;
}

std::optional<ServerMessage> decodeIncompatible(const json::Object& object, std::string& error)
{
	auto peer = idOf(object, "peer_worker_id");
	auto transports = transportsOf(object);
	if (!peer || !transports)
	{
		error = "peer_incompatible must name a worker id and its transports";
		return std::nullopt;
	}
	return PeerIncompatible{std::move(*peer), shown(object, "name", MAX_NAME), std::move(*transports),
		shown(object, "message", MAX_SENTENCE)};
}

std::optional<RelayPlace> relayOf(const json::Object& object)
{
	const auto relay = object.object("relay");
	auto path = relay ? relay->text("path", MAX_RELAY_PATH) : std::nullopt;
	const auto text = relay ? relay->text("address", MAX_ADDRESS) : std::nullopt;
	const auto address = text ? Endpoint::parseAddress(*text, relay::PORT) : std::nullopt;
	if (!path || !isRelayPath(*path) || !address || !address->isDiscardOnly())
		return std::nullopt;
	auto ticket = relay->text("ticket", MAX_RELAY_PATH).value_or("");
	if (path->size() < ticket.size() + 2 || !path->ends_with('/' + ticket))
		ticket.clear();
	return RelayPlace{std::move(*path), *address, std::move(ticket)};
}

std::optional<TurnServer> turnServerOf(const json::Value& value)
{
	const auto object = value.object();
	auto urls = object ? object->texts("urls", MAX_TURN_SERVERS, MAX_TURN_URL) : std::nullopt;
	auto username = object ? object->text("username", MAX_TURN_SECRET) : std::nullopt;
	auto credential = object ? object->text("credential", MAX_TURN_SECRET) : std::nullopt;
	if (!urls || urls->empty() || !std::all_of(urls->begin(), urls->end(), isTurnUrl) || !username ||
		!credential)
		return std::nullopt;
	return TurnServer{std::move(*urls), std::move(*username), std::move(*credential)};
}

/// The servers that are right. Their time is for people; nothing depends on it.
TurnServers turnOf(const json::Object& object)
{
	TurnServers result;
	const auto values = object.elements("turn", MAX_TURN_SERVERS);
	if (!values)
		result.skipped = fmt::format("\"turn\" must be a list of at most {} servers", MAX_TURN_SERVERS);
	for (const json::Value& value : values.value_or(std::vector<json::Value>{}))
	{
		if (auto server = turnServerOf(value))
			result.servers.push_back(std::move(*server));
		else
			result.skipped = "a TURN server must have \"urls\", a \"username\" and a \"credential\"";
	}
	if (!result.servers.empty())
		result.ttl = std::chrono::seconds{object.integer("turn_ttl", 1, MAX_TURN_TTL).value_or(0)};
	return result;
}

/// In place of those before, which stay if there is nothing right to put there.
std::optional<ServerMessage> decodeTurn(const json::Object& object, std::string& error)
{
	auto turn = turnOf(object);
	if (!turn.servers.empty() || turn.skipped.empty())
		return turn;
	error = std::move(turn.skipped);
	return std::nullopt;
}

std::optional<ServerMessage> decodeWelcome(const json::Object& object, std::string& error)
{
	const auto protocol = object.integer("protocol", 1, 1'000'000);
	if (!protocol)
	{
		error = "welcome's \"protocol\" must be a number from 1";
		return std::nullopt;
	}
	Welcome welcome{static_cast<int>(*protocol), shown(object, "room", MAX_ROOM),
		shown(object, "seen_ip", MAX_ADDRESS), object.number("ping_interval").value_or(0)};
	// These are optional, and one that is wrong takes neither the other nor the welcome with it.
	if (object.has("relay"))
	{
		welcome.relay = relayOf(object);
		if (!welcome.relay)
			welcome.skipped = "welcome's \"relay\" must have a \"path\", and an \"address\" of 100::/64";
	}
	if (object.has("turn"))
		welcome.turn = turnOf(object);
	return welcome;
}

std::optional<ServerMessage> decodeDetails(const json::Object& object)
{
	MyDetails details;
	details.workerId = shown(object, "worker_id", 36);
	details.room = shown(object, "room", MAX_ROOM);
	details.name = shown(object, "name", MAX_NAME);
	details.transports = transportsOf(object).value_or(std::vector<std::string>{});
	details.publicIp = shown(object, "public_ip", MAX_ADDRESS);
	details.seenIp = shown(object, "seen_ip", MAX_ADDRESS);
	std::string problem;
	const Endpoint endpoint = endpointOf(object, "udp_ip", "udp_port", problem);
	if (endpoint.valid())
		details.endpoint = endpoint;
	return details;
}

std::optional<ServerMessage> decodeSignalFailed(const json::Object& object, std::string& error)
{
	auto peer = idOf(object, "to");
	if (!peer)
	{
		error = "signal_failed's \"to\" must be a worker id";
		return std::nullopt;
	}
	return SignalFailed{
		std::move(*peer), shown(object, "session", MAX_SESSION), shown(object, "reason", MAX_SENTENCE)};
}

std::optional<ServerMessage> decodeChallenge(const json::Object& object, std::string& error)
{
	const auto text = object.text("nonce", 64);
	const auto nonce = text ? identity::nonceFromHex(*text) : std::nullopt;
	if (!nonce)
	{
		error = "a challenge's \"nonce\" must be 64 hexadecimal digits in lower case";
		return std::nullopt;
	}
	return Challenge{*nonce};
}

std::optional<ServerMessage> decodePeerLeft(const json::Object& object, std::string& error)
{
	auto peer = idOf(object, "peer_worker_id");
	if (!peer)
	{
		error = "peer_left's \"peer_worker_id\" must be a worker id";
		return std::nullopt;
	}
	return PeerLeft{std::move(*peer)};
}

}

std::optional<ServerMessage> decodeServerMessage(
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
		auto signal = signalOf(*object, "from", error);
		return signal ? std::optional<ServerMessage>{std::move(*signal)} : std::nullopt;
	}
	if (*type == "p2p_connection_offer")
		return decodeOffer(*object, error);
	if (*type == "udp_endpoint_ack")
		return UdpEndpointAck{shown(*object, "status", MAX_SENTENCE)};
	if (*type == "peer_left")
		return decodePeerLeft(*object, error);
	if (*type == "signal_failed")
		return decodeSignalFailed(*object, error);
	if (*type == "challenge")
		return decodeChallenge(*object, error);
	if (*type == "welcome")
		return decodeWelcome(*object, error);
	if (*type == "turn")
		return decodeTurn(*object, error);
	if (*type == "peer_incompatible")
		return decodeIncompatible(*object, error);
	if (*type == "error")
		return Error{shown(*object, "code", 64), shown(*object, "message", MAX_SENTENCE)};
	if (*type == "my_details_response")
		return decodeDetails(*object);
	if (*type == "echo_response")
		return EchoResponse{otherMembers(*object)};
	return Unknown{std::move(*type)};
}

std::string encode(const RegisterPublicIp& message)
{
	json::Writer out;
	return out.beginObject().member("type", "register_public_ip").member("ip", message.ip).endObject().take();
}

std::string encode(const UpdateUdpEndpoint& message)
{
	json::Writer out;
	out.beginObject().member("type", "update_udp_endpoint");
	writeEndpoint(out, message.endpoint, "udp_ip", "udp_port");
	return out.endObject().take();
}

std::string encode(const Echo& message)
{
	return encodeMembers("echo", message.members);
}

std::string encode(const GetMyDetails& /*message*/)
{
	json::Writer out;
	return out.beginObject().member("type", "get_my_details").endObject().take();
}

std::string encode(const Hello& message)
{
	json::Writer out;
	out.beginObject().member("type", "hello").member("protocol", message.protocol);
	writeTexts(out, "transports", message.transports);
	return out.member("name", message.name).endObject().take();
}

std::string encode(const Prove& message)
{
	json::Writer out{512};
	out.beginObject().member("type", "prove").member("public_key", base64::encode(message.publicKey));
	out.member("client_nonce", identity::toHex(message.clientNonce)).member("host", message.host);
	out.member("signature", base64::encode(message.signature));
	if (message.yield)
		out.member("yield", true);
	return out.endObject().take();
}

std::string encodeSignalTo(const Signal& signal)
{
	return encodeSignal(signal, "to");
}

}
