#include "node/protocol/base64/Base64.h"

namespace gimlet::base64
{

namespace
{

constexpr std::string_view ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::size_t paddingOf(std::string_view text)
{
	if (text.ends_with("=="))
		return 2;
	return text.ends_with('=') ? 1 : 0;
}

}

std::string encode(ByteView bytes)
{
	std::string text;
	text.reserve((bytes.size() + 2) / 3 * 4);
	for (std::size_t at = 0; at < bytes.size(); at += 3)
	{
		std::uint32_t group = 0;
		for (std::size_t i = 0; i < 3; ++i)
			group = group << 8U | (at + i < bytes.size() ? bytes[at + i] : 0U);
		for (std::size_t i = 0; i < 4; ++i)
			text += at + i <= bytes.size() ? ALPHABET[group >> (18 - 6 * i) & 63U] : '=';
	}
	return text;
}

std::optional<Buffer> decode(std::string_view text, std::size_t maxLength)
{
	const auto padding = paddingOf(text);
	if (text.size() % 4 != 0 || text.size() / 4 * 3 - padding > maxLength)
		return std::nullopt;
	Buffer bytes;
	bytes.reserve(text.size() / 4 * 3);
	std::uint32_t group = 0;
	for (std::size_t at = 0; at < text.size(); ++at)
	{
		const bool padded = at >= text.size() - padding;
		const auto value = padded ? 0 : ALPHABET.find(text[at]);
		if (value == std::string_view::npos)
			return std::nullopt;
		group = group << 6U | static_cast<std::uint32_t>(value);
		if (at % 4 == 3)
			for (int shift = 16; shift >= 0; shift -= 8)
				bytes.push_back(static_cast<std::uint8_t>(group >> shift));
	}
	// Bits that padding cuts off must be zero (RFC 4648, section 3.5), else two texts would mean the same.
	for (std::size_t i = 0; i < padding; ++i)
	{
		if (bytes.back() != 0)
			return std::nullopt;
		bytes.pop_back();
	}
	return bytes;
}

}
