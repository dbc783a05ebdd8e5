#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "node/api/Identity.h"

struct evp_pkey_st;

namespace gimlet::identity
{

/// An identity whose private key is in memory.
class KeyIdentity final : public Identity
{
public:
	/// No key of any spelling of P-256 is longer in PEM.
	static constexpr std::size_t MAX_PEM = 4096;

	/// A new key. @throws std::runtime_error if OpenSSL refuses.
	static std::unique_ptr<const KeyIdentity> generate();

	/// A private key of P-256 in PEM, unencrypted ("PRIVATE KEY", PKCS #8, or "EC PRIVATE KEY").
	/// @throws std::runtime_error with what is wrong, without full stop; never with a part of the text.
	static std::unique_ptr<const KeyIdentity> fromPem(std::string_view text);

	KeyIdentity(const KeyIdentity&) = delete;
	KeyIdentity& operator=(const KeyIdentity&) = delete;
	~KeyIdentity() override;

	const PeerId& id() const override;
	ByteView publicKey() const override;
	Buffer sign(ByteView text) const override;

	/// The private key as PKCS #8 in PEM. @throws std::runtime_error if OpenSSL refuses.
	std::string pem() const;

private:
	explicit KeyIdentity(evp_pkey_st* key);

	evp_pkey_st* _key;
	Buffer _publicKey;
	PeerId _id;
};

}
