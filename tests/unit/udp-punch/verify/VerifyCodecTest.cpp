#include "plugins/transport/udp-punch/verify/VerifyCodec.h"

#include <gtest/gtest.h>

namespace gimlet::udp_punch::verify::test
{

namespace
{

const std::string DIGITS(62, '0');

}

TEST(VerifyCodec, ReadsWhatItWrites)
{
	Bytes32 bytes{};
	bytes.front() = 0xAB;
	bytes.back() = 0x0F;
	EXPECT_EQ(
		encode(Commit{bytes}), R"({"type":"verify_commit","commitment":"ab)" + DIGITS.substr(2) + R"(0f"})");
	EXPECT_EQ(encode(Reveal{bytes}), R"({"type":"verify_reveal","nonce":"ab)" + DIGITS.substr(2) + R"(0f"})");
	EXPECT_EQ(decode(encode(Commit{bytes})), Message{Commit{bytes}});
	EXPECT_EQ(decode(encode(Reveal{bytes})), Message{Reveal{bytes}});
	EXPECT_TRUE(isVerifyType("verify_commit"));
	EXPECT_TRUE(isVerifyType("verify_reveal"));
	EXPECT_FALSE(isVerifyType("verify_"));
}

TEST(VerifyCodec, IgnoresMembersThatItDoesNotKnow)
{
	EXPECT_TRUE(decode(R"({"later":[1,{}],"type":"verify_reveal","nonce":"00)" + DIGITS + R"("})"));
}

TEST(VerifyCodec, RefusesEverythingElse)
{
	const auto with = [](const std::string& members)
	{ return "{\"type\":\"verify_commit\"," + members + "}"; };
	EXPECT_TRUE(decode(with("\"commitment\":\"00" + DIGITS + "\"")));
	for (const auto& text : {
			 std::string{},
			 std::string{"{}"},
			 std::string{"[]"},
			 std::string{R"({"type":"verify_commit"})"},
			 std::string{R"({"type":"verify_reveal"})"},
			 R"({"type":"verify_other","nonce":"00)" + DIGITS + R"("})",
			 R"({"nonce":"00)" + DIGITS + R"("})",
			 with("\"nonce\":\"00" + DIGITS + "\""),
			 with("\"commitment\":\"0" + DIGITS + "\""),
			 with("\"commitment\":\"000" + DIGITS + "\""),
			 with("\"commitment\":\"AB" + DIGITS + "\""),
			 with("\"commitment\":\"0g" + DIGITS + "\""),
			 with("\"commitment\":\"0x" + DIGITS + "\""),
			 with("\"commitment\":12"),
			 with("\"commitment\":null"),
			 with("\"commitment\":[\"00" + DIGITS + "\"]"),
			 with("\"commitment\":\"00" + DIGITS + "\"") + "x",
			 with("\"commitment\":\"00" + DIGITS + "\",\"commitment\":\"00" + DIGITS + "\""),
			 with("\"commitment\":\"00" + DIGITS + "\",\"padding\":\"" + std::string(1024, 'x') + "\""),
		 })
		EXPECT_FALSE(decode(text)) << text;
}

}
