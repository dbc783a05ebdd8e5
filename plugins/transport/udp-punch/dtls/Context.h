#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>

namespace gimlet::udp_punch::dtls
{

template <typename T, void (*FREE)(T*)>
struct Free
{
	void operator()(T* object) const
	{
		FREE(object);
	}
};

using SslPointer = std::unique_ptr<SSL, Free<SSL, SSL_free>>;

/// What OpenSSL asks a session while it shakes hands.
class Handshake
{
public:
	virtual ~Handshake() = default;

	/// The peer's certificate, before anything was signed with it. @return Whether it is the expected one.
	virtual bool peerCertificate(X509* certificate) = 0;
	/// Our certificate is about to be shown: as the client only if the server has asked for it.
	virtual void certificateWanted() = 0;
	/// How long to wait for an answer. @param last How long was waited in vain; 0 for the first time.
	/// Microseconds.
	virtual unsigned timeout(unsigned last) = 0;
};

/// What all sessions with one certificate share: OpenSSL's settings. Immutable; any thread.
class Context
{
public:
	/// @throws std::runtime_error if OpenSSL refuses.
	Context(X509* certificate, EVP_PKEY* key);

	/// A connection whose questions go to the handshake, which must outlive it. It has no BIO yet.
	/// @throws std::runtime_error
	SslPointer connection(Handshake& handshake) const;

	/// The method of a DatagramBio.
	const BIO_METHOD* bioMethod() const
	{
		return _bioMethod.get();
	}

private:
	void restrict();

	std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>> _context;
	std::unique_ptr<BIO_METHOD, Free<BIO_METHOD, BIO_meth_free>> _bioMethod;
};

}
