#include "node/protocol/chat/Datagram.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Names.h"

namespace gimlet::chat
{

namespace
{

constexpr std::string_view PUNCH = "P2P_HOLE_PUNCH_PING_FROM_";
constexpr std::string_view PUNCH_NUMBER = "_NUM_";
constexpr std::string_view OLD_PING = "P2P_PING_FROM_";
constexpr std::string_view OLD_PONG = "P2P_PONG";

constexpr std::size_t UUID_LENGTH = 36;

/// The older texts are short; in what is longer nobody looks for them.
constexpr std::size_t MAX_OLD_TEXT = 512;

/// 2^53: what every JSON implementation keeps exactly (RFC 8259, section 6).
constexpr std::int64_t MAX_INTEGER = 9'007'199'254'740'992;

constexpr std::size_t MAX_TYPE = 64;

/// The id at the beginning of a text; "" if there is none.
PeerId leadingId(std::string_view text)
{
	return rendezvous::workerId(text.substr(0, UUID_LENGTH)).value_or(PeerId{});
}

std::optional<Datagram> decodePunch(std::string_view text)
{
	text.remove_prefix(PUNCH.size());
	Datagram datagram{.kind = Kind::Punch, .from = leadingId(text)};
	if (datagram.from.empty())
		return std::nullopt;
	text.remove_prefix(UUID_LENGTH);
	if (!text.starts_with(PUNCH_NUMBER))
		return std::nullopt;
	text.remove_prefix(PUNCH_NUMBER.size());
	if (std::from_chars(text.data(), text.data() + text.size(), datagram.number).ec != std::errc{})
		return std::nullopt;
	return datagram;
}

std::optional<Datagram> decodeWords(std::string_view text)
{
	if (text.starts_with(PUNCH))
		return decodePunch(text);
	text = text.substr(0, MAX_OLD_TEXT);
	if (const auto at = text.find(OLD_PING); at != std::string_view::npos)
		return Datagram{.kind = Kind::OldPing, .from = leadingId(text.substr(at + OLD_PING.size()))};
	if (text.find(OLD_PONG) != std::string_view::npos)
		return Datagram{.kind = Kind::OldPong};
	return std::nullopt;
}

/// An id that is absent is ""; one that is there must be usable.
bool readId(const json::Object& object, std::string_view name, std::string& id)
{
	if (!object.has(name))
		return true;
	auto text = object.text(name, MAX_ID);
	if (!text || text->empty())
		return false;
	id = std::move(*text);
	return true;
}

bool readText(const json::Object& object, Datagram& datagram)
{
	auto content = object.text("content", MAX_ACCEPTED);
	if (!content || !readId(object, "id", datagram.message.id) || !readId(object, "after", datagram.after))
		return false;
	datagram.message.content = std::move(*content);
	datagram.message.time = WallTime{object.integer("time", 0, MAX_INTEGER).value_or(0)};
	return true;
}

bool readNumber(const json::Object& object, Datagram& datagram)
{
	const auto number = object.integer("n", 0, MAX_INTEGER);
	datagram.number = static_cast<std::uint64_t>(number.value_or(0));
	return number.has_value();
}

/// The members that belong to the kind, once the sender is known.
bool readBody(const json::Object& object, std::string_view type, Datagram& datagram)
{
	if (type == "chat_message")
	{
		datagram.kind = Kind::Text;
		return readText(object, datagram);
	}
	if (type == "chat_ack")
	{
		datagram.kind = Kind::TextAck;
		return readId(object, "id", datagram.message.id) && !datagram.message.id.empty();
	}
	if (type == "keepalive")
	{
		datagram.kind = Kind::Keepalive;
		datagram.bye = object.boolean("bye").value_or(false);
		return readNumber(object, datagram);
	}
	if (type == "keepalive_ack")
	{
		datagram.kind = Kind::KeepaliveAck;
		return readNumber(object, datagram);
	}
	return true;
}

std::optional<Datagram> decodeJson(std::string_view text)
{
	std::string error;
	const auto object = json::Object::parse(text, error);
	if (!object)
		return std::nullopt;
	const auto type = object->text("type", MAX_TYPE);
	if (!type)
		return std::nullopt;
	Datagram datagram;
	if (const auto from = object->text("from_worker_id", UUID_LENGTH))
		datagram.from = rendezvous::workerId(*from).value_or(PeerId{});
	if (!readBody(*object, *type, datagram))
		return std::nullopt;
	if (datagram.from.empty() && datagram.kind != Kind::Other)
		return std::nullopt;
	return datagram;
}

json::Writer begin(std::string_view type, const PeerId& from)
{
	json::Writer out;
	out.beginObject();
	out.key("type").value(type);
	out.key("from_worker_id").value(from);
	return out;
}

std::string numbered(std::string_view type, const PeerId& from, std::uint64_t number)
{
	auto out = begin(type, from);
	out.key("n").value(number);
	out.endObject();
	return out.take();
}

}

bool looksPlain(ByteView datagram)
{
	return !datagram.empty() && (datagram[0] == '{' || datagram[0] == 'P');
}

std::optional<Datagram> decode(ByteView datagram)
{
	if (!looksPlain(datagram) || datagram.size() > MAX_ACCEPTED)
		return std::nullopt;
	const auto text = asText(datagram);
	return text.front() == '{' ? decodeJson(text) : decodeWords(text);
}

std::string encodePunch(const PeerId& from, std::uint64_t number)
{
	return fmt::format("{}{}{}{}", PUNCH, from, PUNCH_NUMBER, number);
}

std::string encodeOldPong()
{
	return std::string{OLD_PONG};
}

std::string encodeText(const PeerId& from, const ChatMessage& message, const std::string& after)
{
	auto out = begin("chat_message", from);
	out.key("content").value(message.content);
	if (!message.id.empty())
		out.key("id").value(message.id);
	if (message.time.count() > 0)
		out.key("time").value(message.time.count());
	if (!after.empty())
		out.key("after").value(after);
	out.endObject();
	return out.take();
}

std::string encodeTextAck(const PeerId& from, const std::string& id)
{
	auto out = begin("chat_ack", from);
	out.key("id").value(id);
	out.endObject();
	return out.take();
}

std::string encodeKeepalive(const PeerId& from, std::uint64_t number, bool bye)
{
	if (!bye)
		return numbered("keepalive", from, number);
	auto out = begin("keepalive", from);
	out.key("n").value(number);
	out.key("bye").value(true);
	out.endObject();
	return out.take();
}

std::string encodeKeepaliveAck(const PeerId& from, std::uint64_t number)
{
	return numbered("keepalive_ack", from, number);
}

std::string tooLarge(const PeerId& from, const ChatMessage& message)
{
	const std::size_t size = encodeText(from, message).size();
	if (size <= MAX_SENT)
		return {};
	return fmt::format(
		"The message takes {} bytes as it travels; this transport sends at most {} in one datagram.", size,
		MAX_SENT);
}

std::size_t maxContent()
{
	const std::string id(UUID_LENGTH, '0');
	const ChatMessage empty{
		.id = id, .content = {}, .time = WallTime{1'700'000'000'000}}; // 13 digits until the year 2286
	return MAX_SENT - encodeText(id, empty).size();
}

}
