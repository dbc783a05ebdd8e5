#include "node/protocol/json/Utf8.h"

#include <algorithm>

namespace gimlet::json
{

namespace
{

struct Lead
{
	std::size_t length;
	// The range of the second byte is what excludes overlong forms, surrogates and values above U+10FFFF.
	unsigned char secondMin;
	unsigned char secondMax;
};

/// RFC 3629, section 4.
Lead leadOf(unsigned char byte)
{
	if (byte < 0x80)
		return {1, 0, 0};
	if (byte < 0xc2)
		return {0, 0, 0};
	if (byte < 0xe0)
		return {2, 0x80, 0xbf};
	if (byte == 0xe0)
		return {3, 0xa0, 0xbf};
	if (byte == 0xed)
		return {3, 0x80, 0x9f};
	if (byte < 0xf0)
		return {3, 0x80, 0xbf};
	if (byte == 0xf0)
		return {4, 0x90, 0xbf};
	if (byte < 0xf4)
		return {4, 0x80, 0xbf};
	if (byte == 0xf4)
		return {4, 0x80, 0x8f};
	return {0, 0, 0};
}

bool isContinuation(char character)
{
	return (static_cast<unsigned char>(character) & 0xc0U) == 0x80U;
}

}

std::size_t utf8Sequence(std::string_view text, std::size_t at)
{
	const Lead lead = leadOf(static_cast<unsigned char>(text[at]));
	if (lead.length <= 1)
		return lead.length;
	if (text.size() - at < lead.length)
		return 0;
	const auto second = static_cast<unsigned char>(text[at + 1]);
	if (second < lead.secondMin || second > lead.secondMax)
		return 0;
	for (std::size_t i = 2; i < lead.length; ++i)
	{
		if (!isContinuation(text[at + i]))
			return 0;
	}
	return lead.length;
}

bool isUtf8(std::string_view text)
{
	for (std::size_t at = 0; at < text.size();)
	{
		const std::size_t length = utf8Sequence(text, at);
		if (length == 0)
			return false;
		at += length;
	}
	return true;
}

std::size_t utf8Length(std::string_view text)
{
	return static_cast<std::size_t>(
		std::count_if(text.begin(), text.end(), [](char character) { return !isContinuation(character); }));
}

void appendUtf8(std::string& out, std::uint32_t codePoint)
{
	const auto put = [&out](std::uint32_t byte)
	{ out += static_cast<char>(static_cast<unsigned char>(byte)); };
	if (codePoint < 0x80)
	{
		put(codePoint);
	}
	else if (codePoint < 0x800)
	{
		put(0xc0U | (codePoint >> 6U));
		put(0x80U | (codePoint & 0x3fU));
	}
	else if (codePoint < 0x10000)
	{
		put(0xe0U | (codePoint >> 12U));
		put(0x80U | ((codePoint >> 6U) & 0x3fU));
		put(0x80U | (codePoint & 0x3fU));
	}
	else
	{
		put(0xf0U | (codePoint >> 18U));
		put(0x80U | ((codePoint >> 12U) & 0x3fU));
		put(0x80U | ((codePoint >> 6U) & 0x3fU));
		put(0x80U | (codePoint & 0x3fU));
	}
}

}
