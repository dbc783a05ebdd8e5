#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "node/api/Bytes.h"

namespace gimlet::core
{

/// A TLS client as a machine: bytes of the wire in and out, bytes of the user in and out. OpenSSL does the
/// work, on memory BIOs; sockets and time are the owner's.
///
/// TLS 1.2 or later (RFC 8996). The server's certificate must lead to a trusted authority and name the host
/// (RFC 9525); a name is sent along (SNI, RFC 6066), an address literal is not.
class TlsMachine
{
public:
	enum class State
	{
		Handshaking,
		Open,
		Closed, ///< the other side said goodbye
		Failed, ///< see error()
	};

	/// The first flight is in output() afterwards.
	/// @param caFile A PEM file of the only authorities to trust; empty means the system's.
	/// @throws std::runtime_error with a sentence, when the file cannot be used.
	TlsMachine(const std::string& host, const std::string& caFile);
	TlsMachine(const TlsMachine&) = delete;
	TlsMachine& operator=(const TlsMachine&) = delete;
	~TlsMachine();

	/// Takes bytes of the wire, all of them, and appends what they held for the user.
	State receive(ByteView wire, Buffer& plain);

	/// The wire has ended. Without a goodbye before, bytes may be missing: the machine has then failed.
	State end();

	/// Encrypts bytes of the user; ignored unless Open. The caller bounds what it gives: it is in output().
	void send(ByteView plain);

	/// Says goodbye; nothing can be sent afterwards.
	void close();

	/// Appends the bytes that are to go over the wire, also after a failure (an alert).
	void takeOutput(Buffer& wire);

	State state() const
	{
		return _state;
	}

	/// A sentence that says what is wrong and, where that is known, what to do about it.
	const std::string& error() const
	{
		return _error;
	}

private:
	template <typename T, void (*FREE)(T*)>
	struct Free
	{
		void operator()(T* object) const
		{
			FREE(object);
		}
	};

	static int onVerify(int ok, X509_STORE_CTX* store);
	void trust(const std::string& caFile);
	void expectHost();
	void handshake();
	void read(Buffer& plain);
	void fail(int result);
	std::string certificateError(int code, X509* certificate) const;

	const std::string _host;
	std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>> _context;
	std::unique_ptr<SSL, Free<SSL, SSL_free>> _ssl;
	BIO* _in = nullptr;  ///< owned by _ssl
	BIO* _out = nullptr; ///< owned by _ssl
	State _state = State::Handshaking;
	std::string _certificateError;
	std::string _error;
};

}
