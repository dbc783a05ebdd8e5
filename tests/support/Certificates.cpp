#include "tests/support/Certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace gimlet::test
{

namespace
{

struct FreeKey
{
	void operator()(EVP_PKEY* key) const
	{
		EVP_PKEY_free(key);
	}
};

struct FreeCertificate
{
	void operator()(X509* certificate) const
	{
		X509_free(certificate);
	}
};

using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using X509Certificate = std::unique_ptr<X509, FreeCertificate>;

void check(bool good)
{
	if (!good)
		throw std::runtime_error("OpenSSL could not make a certificate");
}

template <typename Write>
std::string pem(Write write)
{
	const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
	check(write(bio.get()) == 1);
	char* data = nullptr;
	const auto length = BIO_get_mem_data(bio.get(), &data);
	return {data, static_cast<std::size_t>(length)};
}

void addExtension(X509* certificate, X509* issuer, int id, const std::string& value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
	auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
	check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

X509Certificate unsignedCertificate(
	EVP_PKEY* key, const std::string& name, std::chrono::hours from, std::chrono::hours until)
{
	static std::atomic<long> serial{1};
	X509Certificate certificate(X509_new());
	X509_set_version(certificate.get(), X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
	X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::chrono::seconds{from}.count());
	X509_gmtime_adj(X509_getm_notAfter(certificate.get()), std::chrono::seconds{until}.count());
	X509_set_pubkey(certificate.get(), key);
	check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
			  reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
	return certificate;
}

}

struct CertificateAuthority::State
{
	Key key{EVP_EC_gen("P-256")};
	X509Certificate certificate;
	std::string text;
};

CertificateAuthority::CertificateAuthority() : _state(std::make_unique<State>())
{
	auto& [key, certificate, text] = *_state;
	certificate = unsignedCertificate(
		key.get(), "Authority of a test", std::chrono::hours{-24 * 30}, std::chrono::hours{24 * 30});
	check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
	addExtension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
	addExtension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
	check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
	text = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

CertificateAuthority::~CertificateAuthority() = default;

const std::string& CertificateAuthority::certificate() const
{
	return _state->text;
}

Certificate CertificateAuthority::issue(const Subject& subject) const
{
	const Key key(EVP_EC_gen("P-256"));
	auto certificate = unsignedCertificate(key.get(),
		subject.names.empty() ? "nobody" : subject.names.front(), subject.validFrom, subject.validUntil);
	auto* issuer = _state->certificate.get();
	check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1);
	std::string alternatives;
	const auto add = [&alternatives](const std::string& text)
	{ alternatives += (alternatives.empty() ? "" : ",") + text; };
	for (const auto& name : subject.names)
		add("DNS:" + name);
	for (const auto& address : subject.addresses)
		add("IP:" + address);
	if (!alternatives.empty())
		addExtension(certificate.get(), issuer, NID_subject_alt_name, alternatives);
	check(X509_sign(certificate.get(), _state->key.get(), EVP_sha256()) > 0);
	return {.certificate = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
		.key = pem([&](BIO* bio)
			{ return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}
