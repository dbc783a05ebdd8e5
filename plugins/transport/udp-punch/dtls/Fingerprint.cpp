#include "plugins/transport/udp-punch/dtls/Fingerprint.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gimlet::udp_punch::dtls
{

namespace
{

/// So much of a fingerprint is enough to tell two apart in a message.
constexpr std::size_t SHOWN_DIGITS = 11;

char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

bool sameText(const std::string& one, const std::string& other)
{
	return std::ranges::equal(one, other, {}, lower, lower);
}

std::string beginning(const std::string& fingerprint)
{
	return fingerprint.substr(fingerprint.find(' ') + 1, SHOWN_DIGITS);
}

}

std::string fingerprintOf(ByteView certificate, const std::string& hash)
{
	constexpr std::array<std::pair<std::string_view, const EVP_MD* (*)()>, 3> HASHES{
		{{"sha-256", EVP_sha256}, {"sha-384", EVP_sha384}, {"sha-512", EVP_sha512}}};
	const auto found =
		std::ranges::find_if(HASHES, [&](const auto& candidate) { return candidate.first == hash; });
	std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
	unsigned length = 0;
	if (found == HASHES.end() || EVP_Digest(certificate.data(), certificate.size(), digest.data(), &length,
									 found->second(), nullptr) != 1)
		return {};
	auto text = hash;
	for (unsigned index = 0; index < length; ++index)
		text += fmt::format("{}{:02X}", index == 0 ? ' ' : ':', digest[index]);
	return text;
}

Buffer derOf(const X509* certificate)
{
	const int length = i2d_X509(certificate, nullptr);
	Buffer der(length > 0 ? static_cast<std::size_t>(length) : 0);
	auto* out = der.data();
	if (length > 0 && i2d_X509(certificate, &out) != length)
		der.clear();
	return der;
}

std::string whyNotExpected(const X509* certificate, const std::string& fingerprint)
{
	auto hash = fingerprint.substr(0, fingerprint.find(' '));
	std::ranges::transform(hash, hash.begin(), lower);
	const auto found = fingerprintOf(derOf(certificate), hash);
	if (found.empty())
		return "the peer's description names no fingerprint by sha-256, sha-384 or sha-512";
	if (!sameText(found, fingerprint))
		return fmt::format("the peer's DTLS certificate is not the one that its description names (expected "
						   "{}..., found {}...): somebody may be in between",
			beginning(fingerprint), beginning(found));
	return {};
}

}
