#pragma once

#include <openssl/bio.h>

#include <memory>

namespace gimlet::http
{

/// A BIO over a non-blocking socket. OpenSSL's own writes without MSG_NOSIGNAL, so that a client that hangs
/// up at the wrong moment would end the process with SIGPIPE.
class SocketBio
{
public:
	/// @throws std::bad_alloc
	SocketBio();

	/// A BIO for a descriptor, which stays the caller's. It must not outlive this object.
	BIO* make(int descriptor) const;

private:
	struct Free
	{
		void operator()(BIO_METHOD* method) const
		{
			BIO_meth_free(method);
		}
	};

	std::unique_ptr<BIO_METHOD, Free> _method;
};

}
