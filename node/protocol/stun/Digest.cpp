#include "node/protocol/stun/Digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>

namespace gimlet::stun
{

namespace
{

struct Free
{
	void operator()(EVP_MAC* mac) const
	{
		EVP_MAC_free(mac);
	}
	void operator()(EVP_MAC_CTX* context) const
	{
		EVP_MAC_CTX_free(context);
	}
	void operator()(EVP_MD_CTX* context) const
	{
		EVP_MD_CTX_free(context);
	}
};

template <std::size_t SIZE>
std::array<std::uint8_t, SIZE> hmac(const char* digest, ByteView key, ByteView first, ByteView second)
{
	const std::unique_ptr<EVP_MAC, Free> mac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
	const std::unique_ptr<EVP_MAC_CTX, Free> context{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
	const std::array<OSSL_PARAM, 2> parameters{
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
		OSSL_PARAM_construct_end()};
	// A null key means "the one before" to OpenSSL; an empty one is a legal password.
	static constexpr std::uint8_t EMPTY{};
	const auto* const keyBytes = key.empty() ? &EMPTY : key.data();
	std::array<std::uint8_t, SIZE> result{};
	std::size_t length = 0;
	if (!context || EVP_MAC_init(context.get(), keyBytes, key.size(), parameters.data()) != 1 ||
		EVP_MAC_update(context.get(), first.data(), first.size()) != 1 ||
		EVP_MAC_update(context.get(), second.data(), second.size()) != 1 ||
		EVP_MAC_final(context.get(), result.data(), &length, SIZE) != 1 || length != SIZE)
		throw std::runtime_error(std::string{"OpenSSL cannot make an HMAC with "} + digest);
	return result;
}

template <std::size_t SIZE>
std::array<std::uint8_t, SIZE> hash(const EVP_MD* digest, std::initializer_list<std::string_view> parts)
{
	const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
	bool good = context && EVP_DigestInit_ex(context.get(), digest, nullptr) == 1;
	const char* separator = "";
	for (const auto part : parts)
	{
		good = good && EVP_DigestUpdate(context.get(), separator, *separator ? 1 : 0) == 1 &&
			   EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
		separator = ":";
	}
	std::array<std::uint8_t, SIZE> result{};
	if (!good || EVP_DigestFinal_ex(context.get(), result.data(), nullptr) != 1)
		throw std::runtime_error("OpenSSL cannot make a digest for STUN");
	return result;
}

}

std::uint32_t crc32(ByteView bytes)
{
	return static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
}

std::array<std::uint8_t, SHA1_SIZE> hmacSha1(ByteView key, ByteView first, ByteView second)
{
	return hmac<SHA1_SIZE>("SHA1", key, first, second);
}

std::array<std::uint8_t, SHA256_SIZE> hmacSha256(ByteView key, ByteView first, ByteView second)
{
	return hmac<SHA256_SIZE>("SHA256", key, first, second);
}

bool constantTimeEqual(ByteView one, ByteView other)
{
	return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::array<std::uint8_t, 16> longTermKeyMd5(
	std::string_view username, std::string_view realm, std::string_view password)
{
	return hash<16>(EVP_md5(), {username, realm, password});
}

std::array<std::uint8_t, SHA256_SIZE> longTermKeySha256(
	std::string_view username, std::string_view realm, std::string_view password)
{
	return hash<SHA256_SIZE>(EVP_sha256(), {username, realm, password});
}

std::array<std::uint8_t, SHA256_SIZE> userHash(std::string_view username, std::string_view realm)
{
	return hash<SHA256_SIZE>(EVP_sha256(), {username, realm});
}

}
