#pragma once

#include <memory>
#include <string>

#include "node/api/Bytes.h"

struct x509_st;
struct evp_pkey_st;

namespace gimlet::udp_punch::dtls
{

/// A self-signed P-256 certificate and its key, for DTLS. Made anew at each start: whom it belongs to is said
/// by the signed description that names its fingerprint. Immutable.
class Certificate
{
public:
	/// @throws std::runtime_error if OpenSSL refuses.
	static std::shared_ptr<const Certificate> make();

	~Certificate();

	/// "sha-256 AB:CD:..." (RFC 8122, section 5).
	const std::string& fingerprint() const
	{
		return _fingerprint;
	}

	x509_st* x509() const
	{
		return _x509;
	}
	evp_pkey_st* key() const
	{
		return _key;
	}

private:
	Certificate() = default;

	x509_st* _x509 = nullptr;
	evp_pkey_st* _key = nullptr;
	std::string _fingerprint;
};

/// "sha-256 AB:CD:..." of a certificate in DER. @param hash "sha-256", "sha-384" or "sha-512"; "" is returned
/// for others.
std::string fingerprintOf(ByteView certificate, const std::string& hash);

}
