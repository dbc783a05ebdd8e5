#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "node/api/Bytes.h"
#include "tests/support/Certificates.h"

namespace gimlet::test
{

/// The server's side of one TLS connection, on memory BIOs: bytes of the wire in and out.
class TlsServer
{
public:
	/// @param maxVersion TLS1_3_VERSION, or an older one.
	explicit TlsServer(const Certificate& certificate, int maxVersion = TLS1_3_VERSION);
	TlsServer(const TlsServer&) = delete;
	TlsServer& operator=(const TlsServer&) = delete;
	~TlsServer();

	/// Takes bytes of the wire. @return What they held for the user.
	std::string receive(ByteView wire);

	void send(std::string_view plain);
	void close();
	Buffer takeOutput();

	/// The name that the client asked for (SNI); "" if none.
	std::string serverName() const;

private:
	SSL_CTX* _context;
	SSL* _ssl;
};

}
