#include "plugins/transport/udp-punch/dtls/Certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string_view>

#include "plugins/transport/udp-punch/dtls/Context.h"
#include "plugins/transport/udp-punch/dtls/Reason.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

/// The clocks of two machines may differ by so much; nobody compares these dates, but somebody may.
constexpr long BACKDATED = 24 * 3600L;
/// Longer than a process runs.
constexpr long LIFETIME = 10 * 365 * 24 * 3600L;
/// RFC 5280, section 4.1.2.2 allows 20 bytes; these are enough to be different from any other.
constexpr int SERIAL_BITS = 64;

void require(bool good)
{
	if (!good)
		throwOpenSslError("the DTLS certificate cannot be made");
}

void serialNumber(X509* certificate)
{
	const std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>> number{BN_new()};
	require(number && BN_rand(number.get(), SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
	require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

/// Self-signed, with a name that says nothing about whose it is.
void fill(X509* certificate, EVP_PKEY* key)
{
	require(X509_set_version(certificate, X509_VERSION_3) == 1);
	serialNumber(certificate);
	require(X509_gmtime_adj(X509_getm_notBefore(certificate), -BACKDATED) != nullptr);
	require(X509_gmtime_adj(X509_getm_notAfter(certificate), LIFETIME) != nullptr);
	auto* name = X509_get_subject_name(certificate);
	constexpr std::string_view COMMON_NAME{"gimlet"};
	require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				reinterpret_cast<const unsigned char*>(COMMON_NAME.data()), COMMON_NAME.size(), -1, 0) == 1);
	require(X509_set_issuer_name(certificate, name) == 1);
	require(X509_set_pubkey(certificate, key) == 1);
	require(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}

Certificate::Certificate() = default;

std::shared_ptr<const Certificate> Certificate::make()
{
	const std::shared_ptr<Certificate> made{new Certificate};
	made->_key = EVP_EC_gen("P-256");
	made->_x509 = X509_new();
	require(made->_key && made->_x509);
	fill(made->_x509, made->_key);
	made->_fingerprint = fingerprintOf(derOf(made->_x509), "sha-256");
	made->_context = std::make_unique<Context>(made->_x509, made->_key);
	return made;
}

Certificate::~Certificate()
{
	X509_free(_x509);
	EVP_PKEY_free(_key);
}

}
