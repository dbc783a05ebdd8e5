#pragma once

#include <cctype>
#include <stdexcept>
#include <string_view>

#include "node/api/Bytes.h"

namespace gimlet::test
{

/// The bytes of a hex dump; white space is skipped.
inline Buffer hex(std::string_view text)
{
	Buffer bytes;
	int high = -1;
	for (const char character : text)
	{
		if (std::isspace(static_cast<unsigned char>(character)))
			continue;
		const auto digit = std::string_view{"0123456789abcdef"}.find(character);
		if (digit == std::string_view::npos)
			throw std::invalid_argument("not a hex digit");
		if (high < 0)
			high = static_cast<int>(digit);
		else
		{
			bytes.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(digit)));
			high = -1;
		}
	}
	return bytes;
}

}
