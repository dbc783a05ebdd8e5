#include "plugins/transport/udp-punch/link/ChatCodec.h"

#include <fmt/format.h>

#include "node/protocol/json/Json.h"

namespace gimlet::udp_punch::chat
{

namespace
{

constexpr std::size_t MAX_TYPE = 64;

std::optional<Item> decodeMessage(const json::Object& object)
{
	const auto content = object.text("content", MAX_ACCEPTED);
	const auto id = object.text("id", MAX_ID);
	if (!content || content->empty() || !id || id->empty())
		return std::nullopt;
	return ChatMessage{*id, *content, WallTime{object.integer("time", 0).value_or(0)}};
}

}

std::string encode(const ChatMessage& message)
{
	json::Writer out{message.content.size() + 128};
	out.beginObject()
		.member("type", "chat_message")
		.member("id", message.id)
		.member("content", message.content);
	if (message.time != WallTime{0})
		out.member("time", message.time.count());
	out.endObject();
	return out.take();
}

std::string encodeAcknowledgement(const std::string& id)
{
	json::Writer out;
	out.beginObject().member("type", "chat_ack").member("id", id).endObject();
	return out.take();
}

std::optional<Item> decode(std::string_view text)
{
	std::string error;
	const auto object = json::Object::parse(text, error, {.size = MAX_ACCEPTED});
	auto type = object ? object->text("type", MAX_TYPE) : std::nullopt;
	if (!type)
		return std::nullopt;
	if (*type == "chat_message")
		return decodeMessage(*object);
	if (*type != "chat_ack")
		return Control{std::move(*type), std::string{text}};
	auto id = object->text("id", MAX_ID);
	if (!id || id->empty())
		return std::nullopt;
	return Acknowledgement{std::move(*id)};
}

std::string tooLarge(const ChatMessage& message, std::size_t limit)
{
	const auto size = encode(message).size();
	if (size <= limit)
		return {};
	return fmt::format("The message takes {} bytes, {} more than the {} that one message may have.", size,
		size - limit, limit);
}

std::size_t maxContent()
{
	ChatMessage message;
	message.id.assign(36, 'x');
	message.time = WallTime{9'999'999'999'999};
	return MAX_SENT - encode(message).size();
}

}
