// Keys, signatures and their spellings, as strangers send them.
#include <stdexcept>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/identity/KeyIdentity.h"
#include "node/protocol/identity/RegistrationProof.h"
#include "node/protocol/identity/WorkerId.h"
#include "node/protocol/rendezvous/Names.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;

namespace
{

/// A text that is read is the only spelling of what it means.
void requireOneSpelling(std::string_view text)
{
	if (const auto bytes = base64::decode(text, 1024))
		REQUIRE(base64::encode(*bytes) == text);
	if (const auto nonce = identity::nonceFromHex(text))
		REQUIRE(identity::toHex(*nonce) == text);
	if (const auto host = identity::proofHost(text))
		REQUIRE(identity::proofHost(*host) == host && host->find('\n') == std::string::npos);
}

/// A key in PEM is one that signs, comes back from its own PEM, and has an id of version 8.
void requireSoundKey(std::string_view text)
{
	std::unique_ptr<const identity::KeyIdentity> key;
	try
	{
		key = identity::KeyIdentity::fromPem(text);
	}
	catch (const std::runtime_error&)
	{
		return;
	}
	REQUIRE(identity::isPublicKey(key->publicKey()));
	REQUIRE(rendezvous::workerId(key->id()) == key->id() && rendezvous::uuidVersion(key->id()) == 8);
	REQUIRE(identity::KeyIdentity::fromPem(key->pem())->id() == key->id());
	REQUIRE(identity::verify(key->publicKey(), "x", key->sign(asBytes("x"))));
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const ByteView all{data, size};
	requireOneSpelling(asText(all));
	requireSoundKey(asText(all));
	// A key, then a signature over a text that nobody has signed.
	const auto key = all.first(std::min(size, identity::PUBLIC_KEY_SIZE));
	REQUIRE(!identity::verify(key, "nobody has signed this", all.subspan(key.size())));
	REQUIRE(rendezvous::uuidVersion(identity::workerId(key)) == 8);
	return 0;
}
