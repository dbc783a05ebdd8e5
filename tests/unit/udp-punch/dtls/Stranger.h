#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>

#include "plugins/transport/udp-punch/dtls/Context.h"
#include "plugins/transport/udp-punch/dtls/DatagramBio.h"
#include "tests/unit/udp-punch/dtls/Pair.h"

namespace gimlet::udp_punch::dtls::test
{

using KeyPointer = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Free<X509, X509_free>>;

/// A peer that does not keep our rules: OpenSSL with its defaults and whatever a test changes in context().
class Stranger : public Sink
{
public:
	Stranger() : _context(SSL_CTX_new(DTLS_method())), _method(DatagramBio::makeMethod())
	{
		SSL_CTX_set_security_level(context(), 0);
		SSL_CTX_set_options(context(), SSL_OP_NO_QUERY_MTU);
		SSL_CTX_set_verify(context(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
	}

	SSL_CTX* context()
	{
		return _context.get();
	}
	void use(X509* certificate, EVP_PKEY* key)
	{
		if (SSL_CTX_use_certificate(context(), certificate) != 1 ||
			SSL_CTX_use_PrivateKey(context(), key) != 1)
			throw std::runtime_error("OpenSSL refuses the stranger's certificate");
	}
	void use(const Certificate& certificate)
	{
		use(certificate.x509(), certificate.key());
	}

	/// Shakes hands with a session until neither says anything more.
	void meet(End& end, Role role, TimePoint now)
	{
		begin(role);
		end->start(now);
		for (int round = 0; round < 100 && !(sent.empty() && end.sent.empty()); ++round)
		{
			while (!sent.empty())
			{
				const auto datagram = std::move(sent.front());
				sent.pop_front();
				end->onDatagram(datagram, now);
			}
			while (!end.sent.empty())
			{
				take(end.sent.front());
				end.sent.pop_front();
			}
		}
	}

	bool open() const
	{
		return SSL_is_init_finished(_ssl.get()) == 1;
	}
	void send(std::string_view text)
	{
		SSL_write(_ssl.get(), text.data(), static_cast<int>(text.size()));
		_bio.flush();
	}
	/// The alert that ended it, as OpenSSL calls it.
	const std::string& alert() const
	{
		return _alert;
	}

	void dtlsSend(ByteView datagram) override
	{
		sent.emplace_back(datagram.begin(), datagram.end());
	}
	void dtlsReceived(ByteView) override {}

	std::deque<Buffer> sent;

private:
	void begin(Role role)
	{
		_ssl.reset(SSL_new(context()));
		auto* bio = _bio.make(_method.get());
		SSL_set_bio(_ssl.get(), bio, bio);
		SSL_set_mtu(_ssl.get(), 1200);
		SSL_set_app_data(_ssl.get(), this);
		SSL_set_info_callback(_ssl.get(),
			[](const SSL* ssl, int where, int value)
			{
				if (where == SSL_CB_READ_ALERT)
					static_cast<Stranger*>(SSL_get_app_data(ssl))->_alert = SSL_alert_desc_string_long(value);
			});
		if (role == Role::Client)
			SSL_set_connect_state(_ssl.get());
		else
			SSL_set_accept_state(_ssl.get());
		SSL_do_handshake(_ssl.get());
		_bio.flush();
	}
	void take(const Buffer& datagram)
	{
		std::array<std::uint8_t, 2000> data{};
		_bio.offer(datagram);
		SSL_read(_ssl.get(), data.data(), data.size());
		ERR_clear_error();
		_bio.flush();
	}

	std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>> _context;
	std::unique_ptr<BIO_METHOD, Free<BIO_METHOD, BIO_meth_free>> _method;
	DatagramBio _bio{*this, 1200};
	SslPointer _ssl;
	std::string _alert;
};

/// A self-signed certificate of any key.
inline CertificatePointer certificateOf(EVP_PKEY* key)
{
	CertificatePointer certificate{X509_new()};
	X509_set_version(certificate.get(), X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
	X509_set_pubkey(certificate.get(), key);
	if (X509_sign(certificate.get(), key, EVP_sha256()) == 0)
		throw std::runtime_error("OpenSSL signs no certificate");
	return certificate;
}

}
