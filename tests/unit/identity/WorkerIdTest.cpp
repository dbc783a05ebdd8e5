#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/identity/RegistrationProof.h"
#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/rendezvous/Names.h"
#include "tests/unit/identity/Vectors.h"

namespace gimlet::identity
{

namespace
{

using namespace test;

Buffer publicKey()
{
	return base64::decode(PUBLIC_KEY, 100).value();
}

Registration vectorRegistration()
{
	Registration registration{.host = "rendezvous.example.org:9000",
		.serverNonce = {},
		.clientNonce = {},
		.id = WORKER_ID,
		.room = "lobby"};
	for (std::uint8_t i = 0; i < 32; ++i)
	{
		registration.serverNonce[i] = i;
		registration.clientNonce[i] = static_cast<std::uint8_t>(32 + i);
	}
	return registration;
}

/// A private key of another kind, in PEM.
std::string pemOf(EVP_PKEY* key)
{
	const std::unique_ptr<BIO, int (*)(BIO*)> bio{BIO_new(BIO_s_mem()), BIO_free};
	PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
	EVP_PKEY_free(key);
	char* text = nullptr;
	const long length = BIO_get_mem_data(bio.get(), &text);
	return {text, static_cast<std::size_t>(length)};
}

std::string refusalOf(const std::string& pem)
{
	try
	{
		KeyIdentity::fromPem(pem);
	}
	catch (const std::runtime_error& error)
	{
		return error.what();
	}
	return "";
}

}

TEST(WorkerIdTest, isTheOneOfTheVector)
{
	EXPECT_EQ(WORKER_ID, workerId(publicKey()));
	EXPECT_EQ(FINGERPRINT, fingerprint(publicKey()));
	EXPECT_EQ(WORKER_ID, rendezvous::workerId(WORKER_ID));
	EXPECT_EQ(8, rendezvous::uuidVersion(WORKER_ID));
}

TEST(WorkerIdTest, keysAreP256InTheirOneSpelling)
{
	EXPECT_TRUE(isPublicKey(publicKey()));
	for (std::size_t length = 0; length < PUBLIC_KEY_SIZE; ++length)
		EXPECT_FALSE(isPublicKey(ByteView{publicKey()}.first(length))) << length;
	auto longer = publicKey();
	longer.push_back(0);
	EXPECT_FALSE(isPublicKey(longer));
	// Any changed byte of the head means another algorithm, curve or form; one of the point leaves the curve.
	for (std::size_t at = 0; at < PUBLIC_KEY_SIZE; ++at)
	{
		auto changed = publicKey();
		changed[at] ^= 1U;
		EXPECT_FALSE(isPublicKey(changed)) << at;
	}
	EXPECT_FALSE(isPublicKey({}));
}

TEST(WorkerIdTest, aSignatureOfTheVectorHolds)
{
	const auto text = registrationText(vectorRegistration());
	EXPECT_EQ("gimlet-register-1\n"
			  "rendezvous.example.org:9000\n"
			  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
			  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"
			  "5a7a78cc-a4a0-8420-99bc-62bb669c3c27\n"
			  "lobby\n",
		text);
	EXPECT_TRUE(verify(publicKey(), text, base64::decode(REGISTRATION_SIGNATURE, 72).value()));
}

TEST(WorkerIdTest, aSignatureHoldsForItsKeyAndTextAlone)
{
	const auto identity = KeyIdentity::generate();
	const auto signature = identity->sign(asBytes("a text"));
	EXPECT_TRUE(verify(identity->publicKey(), "a text", signature));
	EXPECT_FALSE(verify(identity->publicKey(), "a texT", signature));
	EXPECT_FALSE(verify(identity->publicKey(), "", signature));
	EXPECT_FALSE(verify(publicKey(), "a text", signature));
	EXPECT_FALSE(verify(identity->publicKey(), "a text", {}));
	for (std::size_t at = 0; at < signature.size(); ++at)
	{
		auto changed = signature;
		changed[at] ^= 1U;
		EXPECT_FALSE(verify(identity->publicKey(), "a text", changed)) << at;
	}
}

TEST(WorkerIdTest, signaturesAreDerAndNothingElse)
{
	const auto text = registrationText(vectorRegistration());
	const auto signature = base64::decode(REGISTRATION_SIGNATURE, 72).value();
	auto tail = signature;
	tail.push_back(0);
	EXPECT_FALSE(verify(publicKey(), text, tail));
	// A length in BER's long form means the same, but is not DER.
	auto ber = signature;
	ber.insert(ber.begin() + 1, 0x81);
	EXPECT_FALSE(verify(publicKey(), text, ber));
	// A superfluous zero before the first integer.
	auto padded = signature;
	padded[1] += 1;
	padded[3] += 1;
	padded.insert(padded.begin() + 4, 0);
	EXPECT_FALSE(verify(publicKey(), text, padded));
	EXPECT_FALSE(verify(publicKey(), text, Buffer(1'000'000, 0x30)));
}

TEST(KeyIdentityTest, isReadFromPem)
{
	const auto identity = KeyIdentity::fromPem(PRIVATE_KEY);
	EXPECT_EQ(WORKER_ID, identity->id());
	EXPECT_EQ(publicKey(), Buffer(identity->publicKey().begin(), identity->publicKey().end()));
	EXPECT_TRUE(verify(identity->publicKey(), "x", identity->sign(asBytes("x"))));
	EXPECT_EQ(PRIVATE_KEY, identity->pem());
}

TEST(KeyIdentityTest, comesBackFromItsOwnPem)
{
	const auto identity = KeyIdentity::generate();
	EXPECT_EQ(identity->id(), KeyIdentity::fromPem(identity->pem())->id());
	EXPECT_NE(identity->id(), KeyIdentity::generate()->id());
	EXPECT_EQ(8, rendezvous::uuidVersion(rendezvous::workerId(identity->id()).value()));
}

TEST(KeyIdentityTest, readsTheOldFormAndACompressedPoint)
{
	const std::string old = "-----BEGIN EC PRIVATE KEY-----\n"
							"MDECAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
							"AwEH\n"
							"-----END EC PRIVATE KEY-----\n";
	EXPECT_EQ(WORKER_ID, KeyIdentity::fromPem(old)->id());

	EVP_PKEY* key = nullptr;
	const std::unique_ptr<BIO, int (*)(BIO*)> bio{BIO_new_mem_buf(PRIVATE_KEY.data(), -1), BIO_free};
	PEM_read_bio_PrivateKey(bio.get(), &key, nullptr, nullptr);
	ASSERT_EQ(1, EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"));
	EXPECT_EQ(WORKER_ID, KeyIdentity::fromPem(pemOf(key))->id());
}

TEST(KeyIdentityTest, saysWhatIsWrongWithAKey)
{
	EXPECT_EQ("it is empty", refusalOf(""));
	EXPECT_EQ("it is no unencrypted private key in PEM", refusalOf("not a key"));
	EXPECT_EQ("it is no unencrypted private key in PEM", refusalOf(PRIVATE_KEY.substr(0, 120)));
	EXPECT_EQ("it is no unencrypted private key in PEM",
		refusalOf("-----BEGIN PUBLIC KEY-----\n" + PUBLIC_KEY + "\n-----END PUBLIC KEY-----\n"));
	EXPECT_EQ("it is too long for a key", refusalOf(std::string(5000, 'x')));
	EXPECT_EQ("its key is not one of P-256 (prime256v1)", refusalOf(pemOf(EVP_EC_gen("P-384"))));
	EXPECT_EQ("its key is not one of P-256 (prime256v1)", refusalOf(pemOf(EVP_EC_gen("secp256k1"))));
	EXPECT_EQ("its key is not one of P-256 (prime256v1)",
		refusalOf(pemOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
}

TEST(KeyIdentityTest, refusesHalvesThatDoNotBelongTogether)
{
	auto text = PRIVATE_KEY;
	text.replace(text.find("Z7HWk05Q"), 8, "Z7HWk05R");
	EXPECT_EQ("the halves of its key do not belong together", refusalOf(text));
}

TEST(RegistrationProofTest, noncesAreHexInLowerCase)
{
	const auto nonce = vectorRegistration().serverNonce;
	EXPECT_EQ(nonce, nonceFromHex(toHex(nonce)));
	EXPECT_FALSE(nonceFromHex(toHex(nonce).substr(1)));
	EXPECT_FALSE(nonceFromHex(toHex(nonce) + "0"));
	auto upper = toHex(nonce);
	upper[21] = 'A';
	EXPECT_FALSE(nonceFromHex(upper));
	upper[21] = 'g';
	EXPECT_FALSE(nonceFromHex(upper));
}

TEST(RegistrationProofTest, hostsHaveOneSpelling)
{
	EXPECT_EQ("rendezvous.example.org:9000", proofHost("Rendezvous.Example.ORG:9000"));
	EXPECT_EQ("[2001:db8::1]:9000", proofHost("[2001:DB8::1]:9000"));
	EXPECT_FALSE(proofHost(""));
	EXPECT_FALSE(proofHost("a\nb"));
	EXPECT_FALSE(proofHost("a b"));
	EXPECT_FALSE(proofHost("a/b"));
	EXPECT_FALSE(proofHost("a@b"));
	EXPECT_FALSE(proofHost("b\xc3\xbc"
						   "cher.example"));
	EXPECT_FALSE(proofHost(std::string(MAX_HOST + 1, 'a')));
}

TEST(RegistrationProofTest, everyPartCounts)
{
	const auto base = vectorRegistration();
	auto other = base;
	other.host = "rendezvous.example.org";
	EXPECT_NE(registrationText(base), registrationText(other));
	other = base;
	other.serverNonce[31] ^= 1;
	EXPECT_NE(registrationText(base), registrationText(other));
	other = base;
	other.clientNonce[0] ^= 1;
	EXPECT_NE(registrationText(base), registrationText(other));
	other = base;
	other.room = "den";
	EXPECT_NE(registrationText(base), registrationText(other));
	other = base;
	other.id = "5a7a78cc-a4a0-8420-99bc-62bb669c3c28";
	EXPECT_NE(registrationText(base), registrationText(other));
}

TEST(Base64Test, readsWhatItWrites)
{
	// RFC 4648, section 10.
	const std::pair<std::string, std::string> vectors[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
	for (const auto& [plain, text] : vectors)
	{
		EXPECT_EQ(text, base64::encode(asBytes(plain)));
		const auto bytes = base64::decode(text, 6);
		ASSERT_TRUE(bytes) << text;
		EXPECT_EQ(plain, asText(*bytes));
	}
}

TEST(Base64Test, refusesOtherSpellings)
{
	for (const auto* text : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n",
			 "Zm-_", "Zg==Zg==", "Zm9v=", "Z=9v"})
		EXPECT_FALSE(base64::decode(text, 100)) << text;
	EXPECT_FALSE(base64::decode("Zm9v", 2));
	EXPECT_TRUE(base64::decode("Zm8=", 2));
}

}
