#include "plugins/transport/udp-punch/verify/VerifyCodec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/protocol/json/Json.h"

namespace gimlet::udp_punch::verify
{

namespace
{

constexpr const char* COMMITMENT = "commitment";
constexpr const char* NONCE = "nonce";
constexpr std::size_t MAX_SIZE = 1024;
constexpr std::size_t MAX_TYPE = 64;

std::string hex(const Bytes32& bytes)
{
	return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::optional<std::uint8_t> digit(char character)
{
	if (character >= '0' && character <= '9')
		return static_cast<std::uint8_t>(character - '0');
	if (character >= 'a' && character <= 'f')
		return static_cast<std::uint8_t>(character - 'a' + 10);
	return {};
}

std::optional<Bytes32> bytesOf(const json::Object& object, const char* name)
{
	Bytes32 bytes{};
	const auto text = object.text(name, 2 * bytes.size());
	if (!text || text->size() != 2 * bytes.size())
		return {};
	for (std::size_t index = 0; index < bytes.size(); ++index)
	{
		const auto high = digit((*text)[2 * index]);
		const auto low = digit((*text)[2 * index + 1]);
		if (!high || !low)
			return {};
		bytes[index] = static_cast<std::uint8_t>(*high << 4U | *low);
	}
	return bytes;
}

}

std::string encode(const Message& message)
{
	json::Writer out;
	out.beginObject();
	if (const auto* commit = std::get_if<Commit>(&message))
		out.member("type", Commit::TYPE).member(COMMITMENT, hex(commit->commitment));
	else
		out.member("type", Reveal::TYPE).member(NONCE, hex(std::get<Reveal>(message).nonce));
	out.endObject();
	return out.take();
}

std::optional<Message> decode(std::string_view json)
{
	std::string error;
	const auto object = json::Object::parse(json, error, {.size = MAX_SIZE});
	const auto type = object ? object->text("type", MAX_TYPE) : std::nullopt;
	if (type == Commit::TYPE)
		if (const auto commitment = bytesOf(*object, COMMITMENT))
			return Commit{*commitment};
	if (type == Reveal::TYPE)
		if (const auto nonce = bytesOf(*object, NONCE))
			return Reveal{*nonce};
	return {};
}

}
