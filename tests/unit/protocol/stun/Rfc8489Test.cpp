// RFC 8489, appendix B.1, as printed and as corrected by its erratum 6268.
#include <gtest/gtest.h>

#include "node/protocol/stun/Digest.h"
#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "tests/unit/protocol/stun/Hex.h"

using namespace gimlet;
using namespace gimlet::stun;
using test::hex;

namespace
{

constexpr const char* USERNAME = "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9";
constexpr const char* NONCE = "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA";
constexpr TransactionId ID{0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e};

const auto USERHASH = hex("4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704");

/// The message up to the integrity attribute, with the header's length as given.
Buffer asPrinted(const std::string& length)
{
	auto bytes = hex("0001" + length + "2112a44278ad3433c6ad72c029da412e 001e0020");
	bytes.insert(bytes.end(), USERHASH.begin(), USERHASH.end());
	const auto rest = hex(R"(
		00150029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341 000000
		0014000b 6578616d706c652e6f7267 00)");
	bytes.insert(bytes.end(), rest.begin(), rest.end());
	return bytes;
}

Buffer corrected()
{
	auto bytes = asPrinted("0090");
	const auto rest = hex(R"(
		001d0004 00020000
		001c0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65)");
	bytes.insert(bytes.end(), rest.begin(), rest.end());
	return bytes;
}

template <typename Array>
Buffer owned(const Array& bytes)
{
	return {bytes.begin(), bytes.end()};
}

}

TEST(Rfc8489Test, userHash)
{
	EXPECT_EQ(owned(userHash(USERNAME, "example.org")), USERHASH);
}

TEST(Rfc8489Test, printedHmacCoversTheWrongLength)
{
	// The attributes are 0x88 bytes long, the header says 0x9c: an HMAC test, not a parser's.
	const auto expected = hex("e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01");
	const auto key = longTermKeySha256(USERNAME, "example.org", "TheMatrIX");
	EXPECT_EQ(owned(hmacSha256(key, asPrinted("009c"))), expected);
	EXPECT_NE(owned(hmacSha256(key, asPrinted("0088"))), expected);
}

TEST(Rfc8489Test, correctedMessageVerifies)
{
	const auto bytes = corrected();
	const auto message = MessageView::parse(bytes);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->text(attribute::NONCE), NONCE);
	EXPECT_EQ(message->text(attribute::REALM), "example.org");
	EXPECT_EQ(owned(message->find(attribute::USERHASH).value()), USERHASH);
	const auto key = longTermKeySha256(USERNAME, "example.org", "TheMatrIX");
	EXPECT_EQ(message->integritySha256(key), Check::Valid);
	EXPECT_EQ(message->integritySha256(asBytes("wrong")), Check::Invalid);
	EXPECT_EQ(message->integrity(key), Check::Absent);
}

TEST(Rfc8489Test, correctedMessageIsBuiltByteForByte)
{
	std::array<std::uint8_t, 164> buffer{};
	const auto built = MessageBuilder(buffer, MessageClass::Request, method::BINDING, ID)
						   .add(attribute::USERHASH, userHash(USERNAME, "example.org"))
						   .text(attribute::NONCE, NONCE)
						   .text(attribute::REALM, "example.org")
						   .add(attribute::PASSWORD_ALGORITHM, hex("00020000"))
						   .integritySha256(longTermKeySha256(USERNAME, "example.org", "TheMatrIX"))
						   .finish();
	EXPECT_EQ(owned(built), corrected());
}
