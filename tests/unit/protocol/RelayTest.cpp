#include <gtest/gtest.h>

#include <algorithm>

#include "node/protocol/relay/Address.h"
#include "node/protocol/relay/Frame.h"

namespace gimlet::relay
{

namespace
{

// The id of docs/PROTOCOL.md's other test vectors; the digest by another program (sha256sum).
constexpr Key KEY = 0xc6d5f0cf229eec5f;
const std::string ID = "5a7a78cc-a4a0-8420-99bc-62bb669c3c27";

TEST(RelayAddressTest, followsFromTheRoomAndTheId)
{
	EXPECT_EQ(KEY, keyOf("lobby", ID));
	EXPECT_EQ("[100::c6d5:f0cf:229e:ec5f]:9", addressOf(KEY).toString());
	EXPECT_TRUE(addressOf(KEY).isDiscardOnly());
	EXPECT_NE(KEY, keyOf("lobby2", ID));
	EXPECT_NE(keyOf("a", "b"), keyOf("", "a\nb"));
}

TEST(RelayAddressTest, namesTheKeyAndNoOtherAddressDoes)
{
	for (const Key key : {KEY, Key{0}, ~Key{0}})
		EXPECT_EQ(key, keyOf(addressOf(key)));
	for (const auto* other :
		{"[100::c6d5:f0cf:229e:ec5f]:10", "[100:0:0:1::1]:9", "[2001:db8::1]:9", "203.0.113.7:9", "[::]:9"})
		EXPECT_FALSE(keyOf(*Endpoint::parse(other))) << other;
	EXPECT_FALSE(keyOf(Endpoint{}));
}

TEST(RelayFrameTest, isTheOthersKeyAndTheDatagram)
{
	std::array<std::uint8_t, MAX_FRAME> room{};
	const auto payload = writeFrame(room, {.other = 0x0102030405060708, .datagram = asBytes("hello")});
	EXPECT_EQ("\x01\x02\x03\x04\x05\x06\x07\x08hello", asText(payload));
	const auto frame = parseFrame(payload);
	ASSERT_TRUE(frame);
	EXPECT_EQ(Key{0x0102030405060708}, frame->other);
	EXPECT_EQ("hello", asText(frame->datagram));
}

TEST(RelayFrameTest, carriesOneTo1500Bytes)
{
	std::array<std::uint8_t, MAX_FRAME> room{};
	const Buffer longest(MAX_DATAGRAM, 0xa5);
	const auto payload = writeFrame(room, {.other = KEY, .datagram = longest});
	ASSERT_EQ(MAX_FRAME, payload.size());
	const auto frame = parseFrame(payload);
	ASSERT_TRUE(frame);
	EXPECT_TRUE(std::ranges::equal(longest, frame->datagram));

	const Buffer longer(MAX_DATAGRAM + 1, 0);
	EXPECT_TRUE(writeFrame(room, {.other = KEY, .datagram = longer}).empty());
	EXPECT_TRUE(writeFrame(room, {.other = KEY, .datagram = {}}).empty());

	const Buffer bytes(MAX_FRAME + 1, 0);
	for (const std::size_t size : {std::size_t{0}, std::size_t{7}, KEY_SIZE, MAX_FRAME + 1})
		EXPECT_FALSE(parseFrame(ByteView{bytes}.first(size))) << size;
	EXPECT_TRUE(parseFrame(ByteView{bytes}.first(KEY_SIZE + 1)));
}

}

}
