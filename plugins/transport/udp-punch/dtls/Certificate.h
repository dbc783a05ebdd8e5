#pragma once

#include <memory>
#include <string>

#include "plugins/transport/udp-punch/dtls/Fingerprint.h"

struct x509_st;
struct evp_pkey_st;

namespace gimlet::udp_punch::dtls
{

class Context;

/// A self-signed P-256 certificate and its key, for DTLS. Made anew at each start: whom it belongs to is said
/// by the signed description that names its fingerprint. Immutable; any thread.
class Certificate
{
public:
	/// @throws std::runtime_error if OpenSSL refuses.
	static std::shared_ptr<const Certificate> make();

	Certificate(const Certificate&) = delete;
	Certificate& operator=(const Certificate&) = delete;
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

	/// What all sessions with this certificate share.
	const Context& context() const
	{
		return *_context;
	}

private:
	Certificate();

	x509_st* _x509 = nullptr;
	evp_pkey_st* _key = nullptr;
	std::string _fingerprint;
	std::unique_ptr<const Context> _context;
};

}
