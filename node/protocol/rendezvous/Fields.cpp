#include "node/protocol/rendezvous/Fields.h"

#include <algorithm>

#include "node/protocol/json/Utf8.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous
{

std::string shown(const json::Object& object, std::string_view name, std::size_t maxLength)
{
	const json::Value* value = object.find(name);
	std::string text = value && value->kind() == json::Kind::String ? json::unescape(value->raw()) : "";
	std::size_t end = 0;
	for (std::size_t count = 0; end < text.size() && count < maxLength; ++count)
		end += json::utf8Sequence(text, end);
	text.resize(end);
	const auto isControl = [](char character)
	{
		const auto byte = static_cast<unsigned char>(character);
		return byte < 0x20 || byte == 0x7f;
	};
	std::replace_if(text.begin(), text.end(), isControl, ' ');
	return text;
}

std::optional<std::string> idOf(const json::Object& object, std::string_view name)
{
	const auto text = object.text(name, 36);
	return text ? workerId(*text) : std::nullopt;
}

std::optional<std::string> sessionOf(const json::Object& object)
{
	auto session = object.text("session", MAX_SESSION);
	return session && isSession(*session) ? session : std::nullopt;
}

std::optional<std::vector<std::string>> transportsOf(const json::Object& object)
{
	auto transports = object.texts("transports", MAX_TRANSPORTS, MAX_TRANSPORT);
	if (!transports || !std::all_of(transports->begin(), transports->end(), isTransport))
		return std::nullopt;
	return transports;
}

Endpoint endpointOf(
	const json::Object& object, std::string_view addressName, std::string_view portName, std::string& problem)
{
	const auto port = object.integer(portName, 1, 65535);
	if (!port)
	{
		problem = std::string{portName} + " must be a number from 1 to 65535";
		return {};
	}
	const auto text = object.text(addressName, MAX_ADDRESS);
	const auto endpoint =
		text ? Endpoint::parseAddress(*text, static_cast<std::uint16_t>(*port)) : std::nullopt;
	if (!endpoint)
	{
		problem = std::string{addressName} + " must be an IPv4 or IPv6 address";
		return {};
	}
	return *endpoint;
}

std::vector<std::pair<std::string_view, std::string_view>> otherMembers(const json::Object& object)
{
	std::vector<std::pair<std::string_view, std::string_view>> result;
	for (const auto& member : object.members())
	{
		if (member.name() != "type")
			result.emplace_back(member.rawName, member.value.raw());
	}
	return result;
}

std::optional<Signal> signalOf(const json::Object& object, std::string_view peerName, std::string& error)
{
	auto peer = idOf(object, peerName);
	auto session = sessionOf(object);
	const auto data = object.raw("data");
	if (!peer)
		error = "a signal's \"" + std::string{peerName} + "\" must be a worker id";
	else if (!session)
		error = "a signal's \"session\" must be 16 to 64 characters of A-Z a-z 0-9 . _ -";
	else if (!data)
		error = "a signal must have \"data\"";
	else
		return Signal{std::move(*peer), std::move(*session), *data};
	return std::nullopt;
}

std::string encodeSignal(const Signal& signal, std::string_view peerName)
{
	json::Writer out{signal.data.size() + 160};
	out.beginObject()
		.member("type", "signal")
		.member(peerName, signal.peer)
		.member("session", signal.session);
	return out.rawMember("data", signal.data).endObject().take();
}

std::string encodeMembers(
	std::string_view type, const std::vector<std::pair<std::string_view, std::string_view>>& members)
{
	json::Writer out;
	out.beginObject().member("type", type);
	for (const auto& [name, value] : members)
		out.rawKey(name).raw(value);
	return out.endObject().take();
}

void writeEndpoint(
	json::Writer& out, const Endpoint& endpoint, std::string_view addressName, std::string_view portName)
{
	out.member(addressName, endpoint.addressString()).member(portName, endpoint.port());
}

void writeTexts(json::Writer& out, std::string_view name, const std::vector<std::string>& texts)
{
	out.key(name).beginArray();
	for (const std::string& text : texts)
		out.value(text);
	out.endArray();
}

}
