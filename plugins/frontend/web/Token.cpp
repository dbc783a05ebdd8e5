#include "plugins/frontend/web/Token.h"

#include <Poco/Base64Encoder.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <vector>

#include "node/protocol/random/Random.h"

namespace gimlet::web
{

namespace
{

constexpr double NEEDED_BITS = 128;

/// With fewer different characters it is a pattern, whatever its length.
constexpr std::size_t NEEDED_VARIETY = 8;

bool isDigit(char character)
{
	return character >= '0' && character <= '9';
}

bool isLower(char character)
{
	return character >= 'a' && character <= 'z';
}

bool isUpper(char character)
{
	return character >= 'A' && character <= 'Z';
}

bool isHex(char character)
{
	return isDigit(character) || (character >= 'a' && character <= 'f') ||
		   (character >= 'A' && character <= 'F');
}

/// token68 of RFC 9110, section 11.2: what a Bearer header can carry.
bool isAllowed(char character)
{
	return isDigit(character) || isLower(character) || isUpper(character) ||
		   std::string_view{"-._~+/="}.find(character) != std::string_view::npos;
}

/// Without what carries nothing: padding, and the dashes of a UUID.
std::string essence(std::string_view token)
{
	std::string text{token};
	std::erase(text, '=');
	if (text.find_first_not_of("0123456789abcdefABCDEF-") == std::string::npos)
		std::erase(text, '-');
	return text;
}

/// How many random bits a character of such a text can stand for.
double bitsEach(std::string_view text)
{
	const auto letters = [](char character) { return isLower(character) || isUpper(character); };
	if (std::none_of(text.begin(), text.end(), letters))
		return std::log2(10);
	if (std::all_of(text.begin(), text.end(), isHex))
		return std::log2(16);
	if (std::none_of(text.begin(), text.end(), isUpper) || std::none_of(text.begin(), text.end(), isLower))
		return std::log2(36);
	return std::log2(64);
}

}

std::string randomText(std::size_t bytes)
{
	std::vector<unsigned char> random(bytes);
	randomBytes(random);
	std::ostringstream out;
	Poco::Base64Encoder encoder(out, Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING);
	encoder.rdbuf()->setLineLength(0);
	encoder.write(reinterpret_cast<const char*>(random.data()), static_cast<std::streamsize>(random.size()));
	encoder.close();
	return out.str();
}

std::string tokenWeakness(std::string_view token)
{
	if (!std::all_of(token.begin(), token.end(), isAllowed))
		return "a token is made of letters, digits and - . _ ~ + / =";
	const auto text = essence(token);
	const auto needed = static_cast<std::size_t>(std::ceil(NEEDED_BITS / bitsEach(text)));
	const auto variety = std::set(text.begin(), text.end()).size();
	if (text.size() >= needed && variety >= NEEDED_VARIETY)
		return {};
	const auto weakness = text.size() >= needed
							  ? std::string{"is too simple: it repeats few characters"}
							  : fmt::format("is too short: {} of such characters are the least", needed);
	return weakness +
		   "; use what 'openssl rand -hex 16' prints, or none, and the node makes one at each start";
}

}
