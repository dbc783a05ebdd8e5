#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

/// The few rules of SDP's grammar that candidates and descriptions share.
namespace gimlet::udp_punch
{

/// ice-char (RFC 8839, section 5.1).
constexpr bool isIceCharacter(char character)
{
	return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
		   (character >= '0' && character <= '9') || character == '+' || character == '/';
}

constexpr bool isIceText(std::string_view text, std::size_t minLength, std::size_t maxLength)
{
	return text.size() >= minLength && text.size() <= maxLength &&
		   std::all_of(text.begin(), text.end(), isIceCharacter);
}

constexpr char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

/// Words in quotes of an ABNF rule have no case (RFC 5234, section 2.3).
constexpr bool sameWord(std::string_view left, std::string_view right)
{
	return std::equal(left.begin(), left.end(), right.begin(), right.end(),
		[](char one, char other) { return lower(one) == lower(other); });
}

/// A decimal number of at most so many digits and no sign, within a range.
template <std::unsigned_integral Number>
std::optional<Number> parseNumber(std::string_view text, std::size_t maxDigits, Number min = 0,
	Number max = std::numeric_limits<Number>::max())
{
	Number number = 0;
	const char* end = text.data() + text.size();
	const auto [last, error] = std::from_chars(text.data(), end, number);
	if (text.empty() || text.size() > maxDigits || error != std::errc{} || last != end || number < min ||
		number > max)
		return std::nullopt;
	return number;
}

}
