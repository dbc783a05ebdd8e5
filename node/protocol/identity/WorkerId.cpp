#include "node/protocol/identity/WorkerId.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>

namespace gimlet::identity
{

namespace
{

struct Free
{
	void operator()(EVP_PKEY* key) const
	{
		EVP_PKEY_free(key);
	}
	void operator()(EVP_PKEY_CTX* context) const
	{
		EVP_PKEY_CTX_free(context);
	}
	void operator()(EVP_MD_CTX* context) const
	{
		EVP_MD_CTX_free(context);
	}
};

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

/// RFC 5480, section 2.1.1: id-ecPublicKey with secp256r1, then a bit string that begins with 4 for an
/// uncompressed point.
constexpr std::array<std::uint8_t, 27> PREFIX{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

Digest digestOf(ByteView bytes)
{
	Digest digest{};
	SHA256(bytes.data(), bytes.size(), digest.data());
	return digest;
}

/// OpenSSL checks that the point is on the curve. Null if the bytes are no such key.
std::unique_ptr<EVP_PKEY, Free> decode(ByteView spki)
{
	if (spki.size() != PUBLIC_KEY_SIZE || !std::equal(PREFIX.begin(), PREFIX.end(), spki.begin()))
		return nullptr;
	// Of the known form only the point is left to read. d2i_PUBKEY, which looks for any form, takes
	// OpenSSL 3.0 twice as long as the verification that follows.
	const std::unique_ptr<EVP_PKEY_CTX, Free> context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
	const auto point = spki.subspan(PREFIX.size() - 1);
	std::string group = "P-256";
	const std::array<OSSL_PARAM, 3> parameters{
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
		OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::uint8_t*>(point.data()), point.size()),
		OSSL_PARAM_construct_end()};
	EVP_PKEY* key = nullptr;
	if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
		EVP_PKEY_fromdata(
			context.get(), &key, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters.data())) != 1)
		key = nullptr;
	ERR_clear_error();
	return std::unique_ptr<EVP_PKEY, Free>{key};
}

}

bool isPublicKey(ByteView spki)
{
	return decode(spki) != nullptr;
}

PeerId workerId(ByteView spki)
{
	auto digest = digestOf(spki);
	digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0fU) | 0x80U); // version 8
	digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3fU) | 0x80U); // variant 10
	PeerId id;
	for (std::size_t i = 0; i < 16; ++i)
		id += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", digest[i]);
	return id;
}

std::string fingerprint(ByteView spki)
{
	return fmt::format("{:02X}", fmt::join(digestOf(spki), ":"));
}

bool verify(ByteView spki, std::string_view text, ByteView signature)
{
	if (signature.empty() || signature.size() > MAX_SIGNATURE_SIZE)
		return false;
	const auto key = decode(spki);
	const std::unique_ptr<EVP_MD_CTX, Free> context{key ? EVP_MD_CTX_new() : nullptr};
	// OpenSSL's ECDSA accepts DER alone: it writes what it has read anew and compares.
	const bool right = context &&
					   EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
					   EVP_DigestVerify(context.get(), signature.data(), signature.size(),
						   asBytes(text).data(), text.size()) == 1;
	ERR_clear_error();
	return right;
}

}
