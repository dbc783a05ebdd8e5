// The four messages of RFC 5769, section 2.
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

constexpr const char* SHORT_TERM_PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt";

Buffer shortTermRequest()
{
	return hex(R"(
		00010058 2112a442 b7e7a701bc34d686fa87dfae
		80220010 5354554e207465737420636c69656e74
		00240004 6e0001ff
		80290008 932ff9b151263b36
		00060009 6576746a3a68367659 202020
		00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
		80280004 e57a3bcf)");
}

Buffer ipv4Response()
{
	return hex(R"(
		0101003c 2112a442 b7e7a701bc34d686fa87dfae
		8022000b 7465737420766563746f72 20
		00200008 0001a147e112a643
		00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
		80280004 c07d4c96)");
}

Buffer ipv6Response()
{
	return hex(R"(
		01010048 2112a442 b7e7a701bc34d686fa87dfae
		8022000b 7465737420766563746f72 20
		00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
		00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
		80280004 c8fb0b4c)");
}

Buffer longTermRequest()
{
	return hex(R"(
		00010060 2112a442 78ad3433c6ad72c029da412e
		00060012 e3839ee38388e383aae38383e382afe382b9 0000
		0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
		0014000b 6578616d706c652e6f7267 00
		00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666)");
}

constexpr const char* USERNAME = "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9";

}

TEST(Rfc5769Test, sampleRequest)
{
	const auto bytes = shortTermRequest();
	const auto message = MessageView::parse(bytes);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->messageClass(), MessageClass::Request);
	EXPECT_EQ(message->method(), method::BINDING);
	EXPECT_TRUE(
		message->hasTransactionId({0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae}));
	EXPECT_EQ(message->text(attribute::SOFTWARE), "STUN test client");
	EXPECT_EQ(message->number32(attribute::PRIORITY), 0x6e0001ffU);
	EXPECT_EQ(message->number64(attribute::ICE_CONTROLLED), 0x932ff9b151263b36U);
	EXPECT_EQ(message->text(attribute::USERNAME), "evtj:h6vY");
	EXPECT_EQ(message->integrity(asBytes(SHORT_TERM_PASSWORD)), Check::Valid);
	EXPECT_EQ(message->integrity(asBytes("another password")), Check::Invalid);
	EXPECT_EQ(message->integritySha256(asBytes(SHORT_TERM_PASSWORD)), Check::Absent);
	EXPECT_EQ(message->fingerprint(), Check::Valid);
}

TEST(Rfc5769Test, sampleIpv4Response)
{
	const auto bytes = ipv4Response();
	const auto message = MessageView::parse(bytes);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->messageClass(), MessageClass::SuccessResponse);
	EXPECT_EQ(message->method(), method::BINDING);
	EXPECT_EQ(message->text(attribute::SOFTWARE), "test vector");
	EXPECT_EQ(message->xorAddress(), Endpoint::parse("192.0.2.1:32853"));
	EXPECT_EQ(message->address(), std::nullopt);
	EXPECT_EQ(message->integrity(asBytes(SHORT_TERM_PASSWORD)), Check::Valid);
	EXPECT_EQ(message->fingerprint(), Check::Valid);
}

TEST(Rfc5769Test, sampleIpv6Response)
{
	const auto bytes = ipv6Response();
	const auto message = MessageView::parse(bytes);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->text(attribute::SOFTWARE), "test vector");
	EXPECT_EQ(message->xorAddress(), Endpoint::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
	EXPECT_EQ(message->integrity(asBytes(SHORT_TERM_PASSWORD)), Check::Valid);
	EXPECT_EQ(message->fingerprint(), Check::Valid);
}

TEST(Rfc5769Test, sampleRequestWithLongTermAuthentication)
{
	const auto bytes = longTermRequest();
	const auto message = MessageView::parse(bytes);
	ASSERT_TRUE(message);
	EXPECT_EQ(message->text(attribute::USERNAME), USERNAME);
	EXPECT_EQ(message->text(attribute::NONCE), "f//499k954d6OL34oL9FSTvy64sA");
	EXPECT_EQ(message->text(attribute::REALM), "example.org");
	EXPECT_EQ(message->integrity(longTermKeyMd5(USERNAME, "example.org", "TheMatrIX")), Check::Valid);
	EXPECT_EQ(message->integrity(longTermKeyMd5(USERNAME, "example.org", "Neo")), Check::Invalid);
	EXPECT_EQ(message->fingerprint(), Check::Absent);
}

TEST(Rfc5769Test, theLongTermRequestIsBuiltByteForByte)
{
	// The other three are padded with spaces; RFC 8489, section 14 wants zeros.
	const TransactionId id{0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e};
	std::array<std::uint8_t, 200> buffer{};
	buffer.fill(0xff);
	const auto built = MessageBuilder(buffer, MessageClass::Request, method::BINDING, id)
						   .text(attribute::USERNAME, USERNAME)
						   .text(attribute::NONCE, "f//499k954d6OL34oL9FSTvy64sA")
						   .text(attribute::REALM, "example.org")
						   .integrity(longTermKeyMd5(USERNAME, "example.org", "TheMatrIX"))
						   .finish();
	EXPECT_EQ(Buffer(built.begin(), built.end()), longTermRequest());
}

TEST(Rfc5769Test, everyFlippedBitIsNoticed)
{
	const auto original = shortTermRequest();
	const auto key = asBytes(SHORT_TERM_PASSWORD);
	for (std::size_t bit = 0; bit < original.size() * 8; ++bit)
	{
		auto bytes = original;
		bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
		const auto message = MessageView::parse(bytes);
		EXPECT_FALSE(
			message && message->fingerprint() == Check::Valid && message->integrity(key) == Check::Valid)
			<< "bit " << bit;
	}
}
