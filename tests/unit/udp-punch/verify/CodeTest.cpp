#include "plugins/transport/udp-punch/verify/Code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "tests/unit/protocol/stun/Hex.h"

namespace gimlet::udp_punch::verify::test
{

namespace
{

const PeerId SMALLER{"0191d4a6-7f3a-8c11-9b52-3f6de0a1c2b4"};
const PeerId GREATER{"f3b0c442-98fc-8c14-9afb-f4c8996fb924"};

/// first, first + 1, ...
Bytes32 counting(std::uint8_t first)
{
	Bytes32 bytes{};
	for (auto& byte : bytes)
		byte = first++;
	return bytes;
}

Bytes32 bytes32(std::string_view hex)
{
	const auto bytes = gimlet::test::hex(hex);
	Bytes32 result{};
	std::copy_n(bytes.begin(), result.size(), result.begin());
	return result;
}

const Side ONE{SMALLER, counting(0)};
const Side OTHER{GREATER, counting(32)};

}

/// The vector of docs/PROTOCOL.md, computed by another program from the text there.
TEST(VerifyCode, IsWhatTheProtocolPageSays)
{
	EXPECT_EQ(commitmentTo(ONE), bytes32("a9478d17e86c7ef0dd365fb074f50138926caa02fdefc593805c80f325a98800"));
	EXPECT_EQ(
		commitmentTo(OTHER), bytes32("4f6249f110ff8a5899ccd05b5e04022e70ba9093b0d369030ab1f3d1ce80e880"));
	const auto code = codeOf(ONE, OTHER, counting(64));
	EXPECT_EQ(code, (Code{0x8c, 0xfd, 0xcb, 0xbb, 0x26}));
	EXPECT_EQ(words(code), "mirror zebra soccer robin bushel");
	EXPECT_EQ(digits(code), "0605 553 408 806");
}

TEST(VerifyCode, IsTheSameFromBothSides)
{
	EXPECT_EQ(codeOf(ONE, OTHER, counting(64)), codeOf(OTHER, ONE, counting(64)));
}

TEST(VerifyCode, DependsOnEverything)
{
	std::set<Code> codes{codeOf(ONE, OTHER, counting(64))};
	for (std::size_t index = 0; index < 32; ++index)
	{
		auto one = ONE;
		auto other = OTHER;
		auto exported = counting(64);
		one.nonce[index] ^= 1;
		other.nonce[index] ^= 1;
		exported[index] ^= 1;
		EXPECT_TRUE(codes.insert(codeOf(one, OTHER, counting(64))).second);
		EXPECT_TRUE(codes.insert(codeOf(ONE, other, counting(64))).second);
		EXPECT_TRUE(codes.insert(codeOf(ONE, OTHER, exported)).second);
	}
	EXPECT_TRUE(codes.insert(codeOf({GREATER, ONE.nonce}, {SMALLER, OTHER.nonce}, counting(64))).second);
	EXPECT_TRUE(codes.insert(codeOf({"somebody", ONE.nonce}, OTHER, counting(64))).second);
	EXPECT_TRUE(codes.insert(codeOf({"ab", ONE.nonce}, {"c", OTHER.nonce}, counting(64))).second);
	EXPECT_TRUE(codes.insert(codeOf({"a", ONE.nonce}, {"bc", OTHER.nonce}, counting(64))).second);
}

TEST(VerifyCode, CommitmentsDependOnTheIdAndTheNonce)
{
	EXPECT_NE(commitmentTo({SMALLER, counting(0)}), commitmentTo({GREATER, counting(0)}));
	EXPECT_NE(commitmentTo({SMALLER, counting(0)}), commitmentTo({SMALLER, counting(1)}));
	EXPECT_THROW(commitmentTo({PeerId(256, 'x'), counting(0)}), std::runtime_error);
}

TEST(VerifyCode, IsWrittenExactly)
{
	EXPECT_EQ(words({255, 0, 0, 0, 1}), "zigzag admiral admiral admiral agent");
	EXPECT_EQ(digits({0, 0, 0, 0, 0}), "0000 000 000 000");
	EXPECT_EQ(digits({0, 0, 0, 0, 255}), "0000 000 000 255");
	EXPECT_EQ(digits({0, 0, 0, 3, 232}), "0000 000 001 000");
	EXPECT_EQ(digits({255, 255, 255, 255, 255}), "1099 511 627 775");
}

}
