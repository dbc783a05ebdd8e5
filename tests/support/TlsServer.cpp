#include "tests/support/TlsServer.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

namespace gimlet::test
{

namespace
{

void check(bool good)
{
	if (!good)
		throw std::runtime_error("OpenSSL refuses the test's server");
}

BIO* bioOf(const std::string& text)
{
	return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

}

TlsServer::TlsServer(const Certificate& certificate, int maxVersion) :
	_context(SSL_CTX_new(TLS_server_method())), _ssl(nullptr)
{
	BIO* text = bioOf(certificate.certificate);
	X509* x509 = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
	BIO_free(text);
	text = bioOf(certificate.key);
	EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
	BIO_free(text);
	check(SSL_CTX_use_certificate(_context, x509) == 1 && SSL_CTX_use_PrivateKey(_context, key) == 1);
	X509_free(x509);
	EVP_PKEY_free(key);
	SSL_CTX_set_security_level(_context, 0); // so that old versions can be offered at all
	check(SSL_CTX_set_min_proto_version(_context, TLS1_VERSION) == 1);
	check(SSL_CTX_set_max_proto_version(_context, maxVersion) == 1);
	_ssl = SSL_new(_context);
	SSL_set_bio(_ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(_ssl);
}

TlsServer::~TlsServer()
{
	SSL_free(_ssl);
	SSL_CTX_free(_context);
}

std::string TlsServer::receive(ByteView wire)
{
	ERR_clear_error();
	BIO_write(SSL_get_rbio(_ssl), wire.data(), static_cast<int>(wire.size()));
	std::string plain;
	std::array<char, 4096> piece{};
	int length = 0;
	while ((length = SSL_read(_ssl, piece.data(), static_cast<int>(piece.size()))) > 0)
		plain.append(piece.data(), static_cast<std::size_t>(length));
	return plain;
}

void TlsServer::send(std::string_view plain)
{
	check(SSL_write(_ssl, plain.data(), static_cast<int>(plain.size())) == static_cast<int>(plain.size()));
}

void TlsServer::close()
{
	SSL_shutdown(_ssl);
}

Buffer TlsServer::takeOutput()
{
	char* data = nullptr;
	const auto length = BIO_get_mem_data(SSL_get_wbio(_ssl), &data);
	Buffer out(data, data + length);
	BIO_reset(SSL_get_wbio(_ssl));
	return out;
}

std::string TlsServer::serverName() const
{
	const char* name = SSL_get_servername(_ssl, TLSEXT_NAMETYPE_host_name);
	return name ? name : "";
}

}
