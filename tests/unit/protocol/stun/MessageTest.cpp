#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "tests/unit/protocol/stun/Hex.h"

using namespace gimlet;
using namespace gimlet::stun;
using test::hex;

namespace
{

constexpr TransactionId ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

/// A message from a dump of its attributes; the length is filled in.
Buffer message(std::string_view attributes, std::string_view type = "0101")
{
	const auto body = hex(attributes);
	auto bytes = hex(type);
	bytes.push_back(static_cast<std::uint8_t>(body.size() >> 8));
	bytes.push_back(static_cast<std::uint8_t>(body.size()));
	const auto rest = hex("2112a442 0102030405060708090a0b0c");
	bytes.insert(bytes.end(), rest.begin(), rest.end());
	bytes.insert(bytes.end(), body.begin(), body.end());
	return bytes;
}

Fault faultOf(const Buffer& bytes)
{
	Fault fault = Fault::None;
	const bool parsed = MessageView::parse(bytes, &fault).has_value();
	EXPECT_EQ(parsed, fault == Fault::None);
	return fault;
}

Endpoint endpoint(std::string_view text)
{
	return Endpoint::parse(text).value();
}

}

TEST(StunMessageTest, refusesWhatIsNotAMessage)
{
	EXPECT_EQ(faultOf({}), Fault::TooShort);
	EXPECT_EQ(faultOf(hex("0001000021 12a44201020304050607 08090a0b")), Fault::TooShort);
	EXPECT_EQ(faultOf(message("", "4001")), Fault::NotStun) << "TURN channel data";
	EXPECT_EQ(faultOf(message("", "8001")), Fault::NotStun);
	EXPECT_EQ(faultOf(hex("00010000 2112a443 0102030405060708090a0b0c")), Fault::NotStun) << "wrong cookie";
	EXPECT_EQ(faultOf(message("", "0001")), Fault::None);
}

TEST(StunMessageTest, refusesWrongLengths)
{
	EXPECT_EQ(faultOf(hex("00010002 2112a442 0102030405060708090a0b0c 0000")), Fault::BadLength)
		<< "not a multiple of 4";
	EXPECT_EQ(faultOf(hex("00010004 2112a442 0102030405060708090a0b0c")), Fault::BadLength)
		<< "longer than what came";
	EXPECT_EQ(faultOf(message("80220005 61626364")), Fault::BadAttribute) << "attribute past the end";
	EXPECT_EQ(faultOf(message("80220001")), Fault::BadAttribute) << "padding past the end";
	EXPECT_EQ(faultOf(message("8022ffff 61626364")), Fault::BadAttribute);
	EXPECT_EQ(faultOf(message("80220001 61000000")), Fault::None);
}

TEST(StunMessageTest, refusesAFingerprintThatIsNotLast)
{
	EXPECT_EQ(faultOf(message("80280004 00000000 80220000")), Fault::FingerprintNotLast);
	EXPECT_EQ(faultOf(message("80280008 0000000000000000")), Fault::FingerprintNotLast);
	EXPECT_EQ(faultOf(message("80280004 00000000")), Fault::None);
}

TEST(StunMessageTest, ignoresTheTail)
{
	auto bytes = message("00010008 0001 1f90 c0000201");
	const auto length = bytes.size();
	bytes.insert(bytes.end(), {1, 2, 3});
	const auto view = MessageView::parse(bytes);
	ASSERT_TRUE(view);
	EXPECT_EQ(view->bytes().size(), length);
	EXPECT_EQ(view->address(), endpoint("192.0.2.1:8080"));
}

TEST(StunMessageTest, anUnknownOptionalAttributeDoesNoHarm)
{
	const auto bytes = message("c0de0003 01020300 00010008 0001 1f90 c0000201");
	const auto view = MessageView::parse(bytes);
	ASSERT_TRUE(view);
	EXPECT_EQ(view->address(), endpoint("192.0.2.1:8080"));
	std::array<std::uint16_t, 4> unknown{};
	EXPECT_EQ(view->unknownRequired(std::array{attribute::MAPPED_ADDRESS}, unknown), 0U);
}

TEST(StunMessageTest, theFirstOfTwoCounts)
{
	const auto bytes = message("00010008 0001 1f90 c0000201 00010008 0001 1f91 c0000202");
	EXPECT_EQ(MessageView::parse(bytes)->address(), endpoint("192.0.2.1:8080"));
}

TEST(StunMessageTest, refusesAddressesOfUnknownFamilyOrWrongLength)
{
	for (const auto* attribute : {"00010008 0000 1f90 c0000201", "00010008 0003 1f90 c0000201",
			 "00010008 0002 1f90 c0000201", "00010014 0001 1f90 c0000201000000000000000000000000",
			 "00010004 0001 1f90", "00010000", "00010018 0002 1f90 c0000201000000000000000000000000c0000201"})
	{
		auto bytes = message(attribute);
		EXPECT_EQ(MessageView::parse(bytes)->address(), std::nullopt) << attribute;
		bytes[21] = 0x20;
		EXPECT_EQ(MessageView::parse(bytes)->xorAddress(), std::nullopt) << attribute;
	}
}

TEST(StunMessageTest, attributesAfterIntegrityDoNotCount)
{
	const std::string sha1 = "00080014 0000000000000000000000000000000000000000";
	const std::string sha256 = "001c0020 0000000000000000000000000000000000000000000000000000000000000000";
	const std::string software = "80220004 61626364";
	const std::string fingerprint = "80280004 00000000";
	const auto types = [](const Buffer& bytes)
	{
		std::vector<std::uint16_t> result;
		const auto view = MessageView::parse(bytes).value();
		for (const auto& attribute : view)
			result.push_back(attribute.type);
		return result;
	};
	using Types = std::vector<std::uint16_t>;
	EXPECT_EQ(
		types(message(sha1 + software + sha256 + software + fingerprint)), (Types{0x0008, 0x001c, 0x8028}));
	EXPECT_EQ(types(message(sha256 + sha1 + software + fingerprint)), (Types{0x001c, 0x8028}));
	EXPECT_EQ(types(message(software + sha1)), (Types{0x8022, 0x0008}));
	EXPECT_EQ(types(message(sha1 + software)), (Types{0x0008}));
	EXPECT_EQ(types(message("")), Types{});
	const auto bytes = message(sha1 + "00060000");
	EXPECT_FALSE(MessageView::parse(bytes)->has(attribute::USERNAME));
}

TEST(StunMessageTest, integrityOfAnotherLengthIsInvalid)
{
	const auto bytes = message("00080010 00000000000000000000000000000000");
	EXPECT_EQ(MessageView::parse(bytes)->integrity(asBytes("key")), Check::Invalid);
	const auto truncated = message("001c0010 00000000000000000000000000000000");
	EXPECT_EQ(MessageView::parse(truncated)->integritySha256(asBytes("key")), Check::Invalid);
}

TEST(StunMessageTest, collectsUnknownRequiredAttributesOnce)
{
	const auto bytes = message("7abc0000 00060000 7abd0000 7abc0000 8abc0000 7abe0000");
	std::array<std::uint16_t, 8> unknown{};
	const auto view = MessageView::parse(bytes).value();
	ASSERT_EQ(view.unknownRequired(std::array{attribute::USERNAME}, unknown), 3U);
	EXPECT_EQ(unknown[0], 0x7abc);
	EXPECT_EQ(unknown[1], 0x7abd);
	EXPECT_EQ(unknown[2], 0x7abe);
	EXPECT_EQ(view.unknownRequired({}, std::span{unknown}.first(2)), 2U);
}

TEST(StunMessageTest, errorCodesOutOfRangeAreNone)
{
	EXPECT_EQ(MessageView::parse(message("00090004 00000414"))->errorCode()->code, 420);
	for (const auto* attribute : {"00090004 00000214", "00090004 00000714", "00090004 00000464", "00090000"})
		EXPECT_FALSE(MessageView::parse(message(attribute))->errorCode()) << attribute;
}

TEST(StunMessageTest, oldMessagesAreReadOnlyWhenAskedFor)
{
	const auto old = hex("00010008 00112233445566778899aabbccddeeff 00030004 00000000");
	EXPECT_FALSE(MessageView::parse(old));
	const auto view = MessageView::parseOld(old);
	ASSERT_TRUE(view);
	EXPECT_EQ(view->method(), method::BINDING);
	EXPECT_EQ(view->number32(attribute::CHANGE_REQUEST), 0U);
	EXPECT_FALSE(MessageView::parseOld(message("", "0001"))) << "it has the cookie";
	EXPECT_FALSE(MessageView::parseOld(hex("00010004 00112233445566778899aabbccddeeff")));

	std::array<std::uint8_t, 40> buffer{};
	const auto answer = MessageBuilder(buffer, MessageClass::SuccessResponse, method::BINDING, ID)
							.oldTransactionId(view->oldTransactionId())
							.address(endpoint("192.0.2.1:8080"))
							.finish();
	EXPECT_EQ(Buffer(answer.begin(), answer.end()),
		hex("0101000c 00112233445566778899aabbccddeeff 00010008 00011f90c0000201"));
}

TEST(StunMessageTest, typesRoundTrip)
{
	std::array<std::uint8_t, HEADER_SIZE> buffer{};
	for (unsigned bits = 0; bits < 4; ++bits)
		for (std::uint16_t number = 0; number < 0x1000; ++number)
		{
			const auto kind = static_cast<MessageClass>(bits);
			const auto view = MessageView::parse(MessageBuilder(buffer, kind, number, ID).finish());
			ASSERT_TRUE(view);
			ASSERT_EQ(view->messageClass(), kind);
			ASSERT_EQ(view->method(), number);
		}
	MessageBuilder(buffer, MessageClass::ErrorResponse, method::BINDING, ID).finish();
	EXPECT_EQ(buffer[0], 0x01);
	EXPECT_EQ(buffer[1], 0x11);
}

TEST(StunMessageTest, everythingBuiltIsRead)
{
	std::array<std::uint8_t, 500> buffer{};
	const auto v4 = endpoint("203.0.113.7:40001");
	const auto v6 = endpoint("[2001:db8::7]:40002");
	const auto bytes = MessageBuilder(buffer, MessageClass::ErrorResponse, method::BINDING, ID)
						   .address(v4)
						   .xorAddress(v6)
						   .xorAddress(v4, attribute::RESPONSE_ORIGIN)
						   .errorCode(error::UNKNOWN_ATTRIBUTE, "Unknown Attribute")
						   .unknownAttributes(std::array<std::uint16_t, 3>{1, 2, 3})
						   .text(attribute::NONCE, "five5")
						   .number32(attribute::PRIORITY, 0x01020304)
						   .number64(attribute::ICE_CONTROLLING, 0x0102030405060708)
						   .flag(attribute::USE_CANDIDATE)
						   .integrity(asBytes(""))
						   .integritySha256(asBytes("secret"))
						   .fingerprint()
						   .finish();
	ASSERT_FALSE(bytes.empty());
	const auto view = MessageView::parse(bytes);
	ASSERT_TRUE(view);
	EXPECT_EQ(view->bytes().size(), bytes.size());
	EXPECT_EQ(view->address(), v4);
	EXPECT_EQ(view->xorAddress(), v6);
	EXPECT_EQ(view->xorAddress(attribute::RESPONSE_ORIGIN), v4);
	EXPECT_EQ(view->errorCode()->code, 420);
	EXPECT_EQ(view->errorCode()->reason, "Unknown Attribute");
	std::array<std::uint16_t, 2> two{};
	EXPECT_EQ(view->unknownAttributes(two), 3U);
	EXPECT_EQ(two, (std::array<std::uint16_t, 2>{1, 2}));
	EXPECT_EQ(view->text(attribute::NONCE), "five5");
	EXPECT_EQ(view->number32(attribute::PRIORITY), 0x01020304U);
	EXPECT_EQ(view->number64(attribute::ICE_CONTROLLING), 0x0102030405060708U);
	EXPECT_EQ(view->number32(attribute::ICE_CONTROLLING), std::nullopt);
	EXPECT_EQ(view->number64(attribute::PRIORITY), std::nullopt);
	EXPECT_TRUE(view->has(attribute::USE_CANDIDATE));
	EXPECT_FALSE(view->has(attribute::USERNAME));
	EXPECT_EQ(view->integrity(asBytes("")), Check::Valid);
	EXPECT_EQ(view->integrity(asBytes("x")), Check::Invalid);
	EXPECT_EQ(view->integritySha256(asBytes("secret")), Check::Valid);
	EXPECT_EQ(view->fingerprint(), Check::Valid);
}

TEST(StunMessageTest, whatDoesNotFitIsSaidOnce)
{
	std::array<std::uint8_t, 64> buffer{};
	for (std::size_t size = 0; size <= buffer.size(); ++size)
	{
		const auto bytes =
			MessageBuilder(std::span{buffer}.first(size), MessageClass::Request, method::BINDING, ID)
				.text(attribute::SOFTWARE, "abcde")
				.integrity(asBytes("k"))
				.fingerprint()
				.finish();
		constexpr std::size_t NEEDED = 20 + 12 + 24 + 8;
		EXPECT_EQ(bytes.size(), size < NEEDED ? 0 : NEEDED);
	}
	EXPECT_TRUE(
		MessageBuilder(buffer, MessageClass::Request, method::BINDING, ID).address({}).finish().empty());
}

TEST(StunMessageTest, aMessageHasNoMoreThanItsLengthCanSay)
{
	Buffer buffer(0x20000);
	const Buffer large(0x8000);
	MessageBuilder builder(buffer, MessageClass::Request, method::BINDING, ID);
	EXPECT_EQ(builder.add(attribute::PADDING, large).finish().size(), 20U + 4 + 0x8000);
	EXPECT_TRUE(builder.add(attribute::PADDING, large).finish().empty());
}
