#include "node/core/Pins.h"

#include <Poco/UTF8Encoding.h>
#include <Poco/Unicode.h>

#include <utility>

#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

constexpr int REPLACEMENT = 0xfffd;

bool isSpace(int character)
{
	return character == ' ' || character == '\t' || character == 0xa0 || character == 0x1680 ||
		   (character >= 0x2000 && character <= 0x200a) || character == 0x202f || character == 0x205f ||
		   character == 0x3000;
}

/// Controls and what Unicode calls default ignorable (DerivedCoreProperties.txt), as far as names use it.
bool isUnseen(int character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xad ||
		   character == 0x34f || character == 0x61c || (character >= 0x115f && character <= 0x1160) ||
		   (character >= 0x17b4 && character <= 0x17b5) || (character >= 0x180b && character <= 0x180f) ||
		   (character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
		   (character >= 0x2060 && character <= 0x206f) || character == 0x3164 ||
		   (character >= 0xfe00 && character <= 0xfe0f) || character == 0xfeff || character == 0xffa0 ||
		   (character >= 0xe0000 && character <= 0xe0fff);
}

void append(std::string& text, int character)
{
	constexpr int LONGEST = 4; // RFC 3629, section 3
	unsigned char bytes[LONGEST];
	const int length = Poco::UTF8Encoding{}.convert(character, bytes, LONGEST);
	text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

}

std::string pinName(const std::string& name)
{
	const Poco::UTF8Encoding utf8;
	std::string result;
	bool gap = false;
	for (std::size_t at = 0; at < name.size();)
	{
		const auto length = json::utf8Sequence(name, at);
		const int character = length == 0
								  ? REPLACEMENT
								  : utf8.convert(reinterpret_cast<const unsigned char*>(name.data()) + at);
		at += length == 0 ? 1 : length;
		if (isSpace(character))
			gap = true;
		else if (!isUnseen(character))
		{
			if (std::exchange(gap, false) && !result.empty())
				result += ' ';
			append(result, Poco::Unicode::toLower(character));
		}
	}
	return result;
}

}
