#include "plugins/transport/udp-punch/dtls/Context.h"

#include "plugins/transport/udp-punch/dtls/DatagramBio.h"
#include "plugins/transport/udp-punch/dtls/Reason.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

/// Forward secrecy and authenticated encryption only (RFC 9325, section 4.2). RFC 8827, section 6.5 demands
/// the first. Our certificates are ECDSA; the suites with RSA are for servers whose certificate is.
constexpr const char* CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
								"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:"
								"ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384";

/// No SHA-1, no DSA (RFC 9155).
constexpr const char* SIGNATURES = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:"
								   "RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512";

constexpr const char* GROUPS = "X25519:P-256";

/// Bytes of the peer's Certificate message: a self-signed certificate has 300 to 1,500.
constexpr long MAX_CERTIFICATES = 16 * 1024;

void require(bool good)
{
	if (!good)
		throwOpenSslError("DTLS cannot be used");
}

Handshake& handshakeOf(const SSL* ssl)
{
	return *static_cast<Handshake*>(SSL_get_app_data(ssl));
}

/// In place of OpenSSL's own verification: there are no authorities here, the fingerprint is the name.
int verify(X509_STORE_CTX* store, void*)
{
	const auto* ssl =
		static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
	if (handshakeOf(ssl).peerCertificate(X509_STORE_CTX_get0_cert(store)))
	{
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	// OpenSSL makes a bad_certificate alert of it, which RFC 8122, section 6.2 demands.
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

int wanted(SSL* ssl, void*)
{
	handshakeOf(ssl).certificateWanted();
	return 1;
}

unsigned timeout(SSL* ssl, unsigned last)
{
	return handshakeOf(ssl).timeout(last);
}

}

Context::Context(X509* certificate, EVP_PKEY* key) :
	_context(SSL_CTX_new(DTLS_method())), _bioMethod(DatagramBio::makeMethod())
{
	require(_context && _bioMethod);
	restrict();
	require(SSL_CTX_use_certificate(_context.get(), certificate) == 1);
	require(SSL_CTX_use_PrivateKey(_context.get(), key) == 1);
}

void Context::restrict()
{
	auto* context = _context.get();
	require(SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1);
	require(SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1);
	require(SSL_CTX_set_cipher_list(context, CIPHERS) == 1);
	require(SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1);
	require(SSL_CTX_set1_groups_list(context, GROUPS) == 1);
	SSL_CTX_set_options(
		context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	// ICE has proven the peer's address, so the server asks for no cookie (RFC 6347, section 4.2.1).
	SSL_CTX_clear_options(context, SSL_OP_COOKIE_EXCHANGE);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, MAX_CERTIFICATES);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
	SSL_CTX_set_cert_verify_callback(context, &verify, nullptr);
	SSL_CTX_set_cert_cb(context, &wanted, nullptr);
}

SslPointer Context::connection(Handshake& handshake) const
{
	forgetErrors();
	SslPointer ssl{SSL_new(_context.get())};
	require(ssl != nullptr);
	SSL_set_app_data(ssl.get(), &handshake);
	DTLS_set_timer_cb(ssl.get(), &timeout);
	return ssl;
}

}
