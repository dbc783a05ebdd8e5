#include "node/protocol/identity/RegistrationProof.h"

#include <fmt/format.h>

#include <algorithm>

namespace gimlet::identity
{

namespace
{

int hexDigit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

/// RFC 3986, section 3.2.2, in lower case and with a port: names, addresses, brackets.
bool mayStandInHost(char character)
{
	constexpr std::string_view FURTHER = "-._~%!$&'()*+,;=:[]";
	return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
		   FURTHER.find(character) != std::string_view::npos;
}

}

std::string toHex(const Nonce& nonce)
{
	std::string text;
	for (const auto byte : nonce)
		text += fmt::format("{:02x}", byte);
	return text;
}

std::optional<Nonce> nonceFromHex(std::string_view text)
{
	Nonce nonce{};
	if (text.size() != 2 * nonce.size())
		return std::nullopt;
	for (std::size_t i = 0; i < nonce.size(); ++i)
	{
		const int high = hexDigit(text[2 * i]);
		const int low = hexDigit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return std::nullopt;
		nonce[i] = static_cast<std::uint8_t>(high * 16 + low);
	}
	return nonce;
}

std::optional<std::string> proofHost(std::string_view host)
{
	if (host.empty() || host.size() > MAX_HOST)
		return std::nullopt;
	std::string result{host};
	std::transform(result.begin(), result.end(), result.begin(), lower);
	if (!std::all_of(result.begin(), result.end(), mayStandInHost))
		return std::nullopt;
	return result;
}

std::string registrationText(const Registration& registration)
{
	return fmt::format("gimlet-register-1\n{}\n{}\n{}\n{}\n{}\n", registration.host,
		toHex(registration.serverNonce), toHex(registration.clientNonce), registration.id, registration.room);
}

}
