#include "node/protocol/identity/KeyIdentity.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

#include "node/protocol/identity/WorkerId.h"

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
	void operator()(BIO* bio) const
	{
		BIO_free(bio);
	}
};

using KeyPointer = std::unique_ptr<EVP_PKEY, Free>;

/// OpenSSL's own words might quote what it read, and what it read is a secret.
[[noreturn]] void refuse(const char* what)
{
	ERR_clear_error();
	throw std::runtime_error(what);
}

/// A key that is encrypted cannot be opened by a daemon: nobody is there to ask.
int noPassword(char*, int, int, void*)
{
	return -1;
}

bool isP256(const EVP_PKEY& key)
{
	std::array<char, 32> group{};
	return EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC &&
		   EVP_PKEY_get_group_name(&key, group.data(), group.size(), nullptr) == 1 &&
		   std::string_view{group.data()} == "prime256v1";
}

/// Whether both halves belong together and the point is on the curve.
bool isSound(EVP_PKEY& key)
{
	const std::unique_ptr<EVP_PKEY_CTX, Free> context{EVP_PKEY_CTX_new(&key, nullptr)};
	return context && EVP_PKEY_check(context.get()) == 1;
}

}

KeyIdentity::KeyIdentity(evp_pkey_st* key) : _key(key)
{
	unsigned char* bytes = nullptr;
	const int length = i2d_PUBKEY(key, &bytes);
	if (length > 0)
		_publicKey.assign(bytes, bytes + length);
	OPENSSL_free(bytes);
	_id = workerId(_publicKey);
}

KeyIdentity::~KeyIdentity()
{
	EVP_PKEY_free(_key);
}

std::unique_ptr<const KeyIdentity> KeyIdentity::generate()
{
	KeyPointer key{EVP_EC_gen("P-256")};
	if (!key)
		refuse("OpenSSL made no key");
	std::unique_ptr<const KeyIdentity> identity{new KeyIdentity{key.release()}};
	if (!isPublicKey(identity->_publicKey))
		refuse("OpenSSL made a key that it cannot write");
	return identity;
}

std::unique_ptr<const KeyIdentity> KeyIdentity::fromPem(std::string_view text)
{
	if (text.empty())
		refuse("it is empty");
	if (text.size() > MAX_PEM)
		refuse("it is too long for a key");
	const std::unique_ptr<BIO, Free> bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
	KeyPointer key{bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr) : nullptr};
	if (!key)
		refuse("it is no unencrypted private key in PEM");
	if (!isP256(*key))
		refuse("its key is not one of P-256 (prime256v1)");
	if (!isSound(*key))
		refuse("the halves of its key do not belong together");
	// A file may hold the point compressed, or the curve by its parameters; an id comes from one spelling.
	EVP_PKEY_set_utf8_string_param(key.get(), "point-format", "uncompressed");
	EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "named_curve");
	std::unique_ptr<const KeyIdentity> identity{new KeyIdentity{key.release()}};
	if (!isPublicKey(identity->_publicKey))
		refuse("its key is written with the parameters of its curve; name the curve instead");
	ERR_clear_error();
	return identity;
}

const PeerId& KeyIdentity::id() const
{
	return _id;
}

ByteView KeyIdentity::publicKey() const
{
	return _publicKey;
}

Buffer KeyIdentity::sign(ByteView text) const
{
	const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
	Buffer signature(MAX_SIGNATURE_SIZE);
	std::size_t length = signature.size();
	if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, _key) != 1 ||
		EVP_DigestSign(context.get(), signature.data(), &length, text.data(), text.size()) != 1)
		refuse("OpenSSL did not sign");
	signature.resize(length);
	return signature;
}

std::string KeyIdentity::pem() const
{
	const std::unique_ptr<BIO, Free> bio{BIO_new(BIO_s_mem())};
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), _key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
		refuse("OpenSSL did not write the key");
	char* text = nullptr;
	const long length = BIO_get_mem_data(bio.get(), &text);
	return {text, static_cast<std::size_t>(length)};
}

}
