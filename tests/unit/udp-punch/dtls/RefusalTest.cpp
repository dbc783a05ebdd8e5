// Whom a session refuses, and what both sides are told; and whom it takes although he is not like us.
#include <gmock/gmock.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <cctype>

#include "tests/unit/udp-punch/dtls/Stranger.h"

namespace gimlet::udp_punch::dtls::test
{

namespace
{

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* SOMEBODY_ELSE =
	"sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:"
	"16:17:18:19:1A:1B:1C:1D:1E:1F";

std::string lowered(std::string text)
{
	for (auto& character : text)
		character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
	return text;
}

/// A key that claims to be the one of a certificate but has another secret.
KeyPointer forgedKey(EVP_PKEY* victim)
{
	const KeyPointer own{EVP_EC_gen("P-256")};
	BIGNUM* secret = nullptr;
	EVP_PKEY_get_bn_param(own.get(), OSSL_PKEY_PARAM_PRIV_KEY, &secret);
	std::array<unsigned char, 65> point{};
	std::size_t length = 0;
	EVP_PKEY_get_octet_string_param(victim, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &length);
	auto* build = OSSL_PARAM_BLD_new();
	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), length);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret);
	auto* parameters = OSSL_PARAM_BLD_to_param(build);
	auto* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
	EVP_PKEY* key = nullptr;
	EVP_PKEY_fromdata_init(context);
	EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(secret);
	return KeyPointer{key};
}

}

class DtlsRefusal : public Pair
{
protected:
	void shakeHands()
	{
		client->start(now);
		carry();
	}
	/// Meets the client or the server, which expects that certificate.
	void meet(End& end, X509* shown, EVP_PKEY* key)
	{
		stranger.use(shown, key);
		end.configuration.peerFingerprint = fingerprintOf(derOf(shown), "sha-256");
		stranger.meet(end, &end == &client ? Role::Server : Role::Client, now);
	}
	void meet(End& end)
	{
		meet(end, certificate->x509(), certificate->key());
	}

	const std::shared_ptr<const Certificate> certificate = Certificate::make();
	Stranger stranger;
};

TEST_F(DtlsRefusal, TheClientOfAServerThatIsAnother)
{
	client.configuration.peerFingerprint = SOMEBODY_ELSE;
	shakeHands();
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_THAT(
		client->error(), HasSubstr("not the one that its description names (expected 00:01:02:03..."));
	EXPECT_THAT(
		client->error(), HasSubstr("found " + server.configuration.certificate->fingerprint().substr(8, 11)));
	EXPECT_EQ(server->state(), State::Failed);
	EXPECT_THAT(server->error(), StartsWith("the peer refuses our DTLS certificate"));
	EXPECT_EQ(client->nextDeadline(), NEVER);
	EXPECT_EQ(server->nextDeadline(), NEVER);
}

TEST_F(DtlsRefusal, TheServerOfAClientThatIsAnother)
{
	server.configuration.peerFingerprint = SOMEBODY_ELSE;
	shakeHands();
	EXPECT_EQ(server->state(), State::Failed);
	EXPECT_THAT(server->error(), HasSubstr("not the one that its description names"));
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_THAT(client->error(), StartsWith("the peer refuses our DTLS certificate"));
	EXPECT_FALSE(client->send(asBytes("secret")));
}

TEST_F(DtlsRefusal, FingerprintsThatProveNothing)
{
	for (const auto* fingerprint : {"", "sha-256", "sha-256 ", "sha-1 00:01", "md5 00", "nonsense"})
	{
		client.session.reset();
		server.session.reset();
		client.configuration.peerFingerprint = fingerprint;
		shakeHands();
		EXPECT_EQ(client->state(), State::Failed) << fingerprint;
		EXPECT_NE(client->error(), "") << fingerprint;
		EXPECT_EQ(server->state(), State::Failed) << fingerprint;
		client.sent.clear();
		server.sent.clear();
	}
}

TEST_F(DtlsRefusal, NotOfOtherHashesOrSmallLetters)
{
	const auto der = derOf(server.configuration.certificate->x509());
	for (const auto& fingerprint : {fingerprintOf(der, "sha-384"), fingerprintOf(der, "sha-512"),
			 lowered(fingerprintOf(der, "sha-256"))})
	{
		client.session.reset();
		server.session.reset();
		client.configuration.peerFingerprint = fingerprint;
		shakeHands();
		EXPECT_EQ(client->state(), State::Open) << fingerprint << ": " << client->error();
	}
}

TEST_F(DtlsRefusal, AClientWithoutACertificate)
{
	stranger.meet(server, Role::Client, now);
	EXPECT_EQ(server->state(), State::Failed);
	EXPECT_EQ(server->error(), "the peer showed no DTLS certificate");
	EXPECT_EQ(stranger.alert(), "handshake failure");
}

TEST_F(DtlsRefusal, AServerThatDoesNotAskWhoWeAre)
{
	SSL_CTX_set_verify(stranger.context(), SSL_VERIFY_NONE, nullptr);
	meet(client);
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_THAT(client->error(), StartsWith("the peer did not ask for our DTLS certificate"));
	EXPECT_EQ(stranger.alert(), "close notify");
}

TEST_F(DtlsRefusal, ACertificateWhosePrivateKeyThePeerDoesNotHave)
{
	const auto key = forgedKey(certificate->key());
	ASSERT_TRUE(key);
	meet(client, certificate->x509(), key.get());
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_THAT(client->error(), HasSubstr("bad signature"));
	meet(server, certificate->x509(), key.get());
	EXPECT_EQ(server->state(), State::Failed);
	EXPECT_THAT(server->error(), HasSubstr("bad signature"));
}

TEST_F(DtlsRefusal, APeerThatSpeaksOnlyDtls10)
{
	SSL_CTX_set_max_proto_version(stranger.context(), DTLS1_VERSION);
	meet(client);
	EXPECT_THAT(client->error(), StartsWith("the peer has no DTLS 1.2 or no cipher suite in common"));
	meet(server);
	EXPECT_EQ(server->error(), "the peer does not speak DTLS 1.2");
}

TEST_F(DtlsRefusal, APeerWithOldSuitesOnly)
{
	SSL_CTX_set_cipher_list(stranger.context(), "ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256");
	meet(server);
	EXPECT_THAT(server->error(), HasSubstr("no cipher suite in common"));
	EXPECT_EQ(stranger.alert(), "handshake failure");
	meet(client);
	EXPECT_EQ(client->state(), State::Failed);
	EXPECT_THAT(client->error(), StartsWith("the peer has no DTLS 1.2 or no cipher suite in common"));
}

TEST_F(DtlsRefusal, AKeyThatIsTooWeak)
{
	const KeyPointer key{EVP_RSA_gen(1024)};
	const auto weak = certificateOf(key.get());
	meet(client, weak.get(), key.get());
	EXPECT_EQ(client->error(), "the key of the peer's DTLS certificate is too weak");
	EXPECT_EQ(stranger.alert(), "bad certificate");
}

TEST_F(DtlsRefusal, NotOfRsa)
{
	const KeyPointer key{EVP_RSA_gen(2048)};
	const auto rsa = certificateOf(key.get());
	meet(client, rsa.get(), key.get());
	EXPECT_EQ(client->state(), State::Open) << client->error();
	EXPECT_EQ(client->cipher(), "ECDHE-RSA-AES128-GCM-SHA256");
	meet(server, rsa.get(), key.get());
	EXPECT_EQ(server->state(), State::Open) << server->error();
	EXPECT_TRUE(stranger.open());
	stranger.send("from an older one");
	server->onDatagram(stranger.sent.front(), now);
	EXPECT_THAT(server.received, ElementsAre("from an older one"));
}

TEST_F(DtlsRefusal, NotOfChaCha20WhoseRecordsAreSmaller)
{
	SSL_CTX_set_cipher_list(stranger.context(), "ECDHE-ECDSA-CHACHA20-POLY1305");
	meet(client);
	ASSERT_EQ(client->state(), State::Open) << client->error();
	EXPECT_EQ(client->cipher(), "ECDHE-ECDSA-CHACHA20-POLY1305");
	client.all.clear();
	client->send(Buffer(100));
	EXPECT_EQ(client->overhead(), 29U);
	EXPECT_THAT(client.all, ElementsAre(129));
}

TEST_F(DtlsRefusal, ToExportWhatIsNotBoundToTheHandshake)
{
	SSL_CTX_set_options(stranger.context(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
	meet(client);
	ASSERT_EQ(client->state(), State::Open) << client->error();
	std::array<std::uint8_t, 32> key{};
	EXPECT_FALSE(client->exportKey("EXPORTER-gimlet-verify", key));
}

}
