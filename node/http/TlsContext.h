#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "node/http/Channel.h"
#include "node/http/SocketBio.h"

namespace gimlet::http
{

/// The listener's certificate, and the TLS channels that present it. TLS 1.2 or later.
class TlsContext
{
public:
	/// @param privateKey A PEM file; "" means the certificate's.
	/// @throws PluginError with a sentence that names the file and what is wrong with it.
	TlsContext(const std::string& certificate, const std::string& privateKey);

	/// A channel whose handshake() comes first. It must not outlive the context.
	std::unique_ptr<Channel> accept(Descriptor descriptor, const Endpoint& remote) const;

private:
	struct Free
	{
		void operator()(SSL_CTX* context) const
		{
			SSL_CTX_free(context);
		}
	};

	SocketBio _sockets;
	std::unique_ptr<SSL_CTX, Free> _context;
};

}
