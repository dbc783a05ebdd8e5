#include "plugins/transport/udp-punch/dtls/Certificate.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>

namespace gimlet::udp_punch::dtls::test
{

TEST(DtlsCertificate, HasAFingerprintThatDescriptionsName)
{
	const auto certificate = Certificate::make();
	EXPECT_THAT(certificate->fingerprint(), testing::MatchesRegex("sha-256 [0-9A-F:]{95}"));
	EXPECT_EQ(certificate->fingerprint(), fingerprintOf(derOf(certificate->x509()), "sha-256"));
	EXPECT_EQ(whyNotExpected(certificate->x509(), certificate->fingerprint()), "");
}

TEST(DtlsCertificate, IsAnotherEachTime)
{
	const auto one = Certificate::make();
	const auto other = Certificate::make();
	EXPECT_NE(one->fingerprint(), other->fingerprint());
	EXPECT_EQ(EVP_PKEY_eq(one->key(), other->key()), 0);
	EXPECT_NE(whyNotExpected(one->x509(), other->fingerprint()), "");
}

TEST(DtlsCertificate, IsSelfSignedOnP256AndValidNow)
{
	const auto certificate = Certificate::make();
	EXPECT_EQ(X509_verify(certificate->x509(), certificate->key()), 1);
	EXPECT_EQ(X509_check_private_key(certificate->x509(), certificate->key()), 1);
	std::array<char, 32> group{};
	std::size_t length = 0;
	EXPECT_EQ(EVP_PKEY_get_group_name(certificate->key(), group.data(), group.size(), &length), 1);
	EXPECT_STREQ(group.data(), "prime256v1");
	EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(certificate->x509())), 0);
	EXPECT_GT(X509_cmp_current_time(X509_get0_notAfter(certificate->x509())), 0);
}

/// FIPS 180-2, appendix B.1, C.1 and D.1: "abc".
TEST(DtlsCertificate, FingerprintsAreWrittenAsRfc8122Has)
{
	const auto abc = asBytes("abc");
	EXPECT_EQ(fingerprintOf(abc, "sha-256"),
		"sha-256 BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:"
		"15:AD");
	EXPECT_THAT(fingerprintOf(abc, "sha-384"), testing::StartsWith("sha-384 CB:00:75:3F:45:A3:5E:8B"));
	EXPECT_THAT(fingerprintOf(abc, "sha-512"), testing::StartsWith("sha-512 DD:AF:35:A1:93:61:7A:BA"));
	for (const auto* hash : {"", "sha-1", "md5", "SHA-256", "sha256"})
		EXPECT_EQ(fingerprintOf(abc, hash), "") << hash;
}

}
