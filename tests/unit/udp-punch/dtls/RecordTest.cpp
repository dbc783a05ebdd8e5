#include "plugins/transport/udp-punch/dtls/Record.h"

#include <gtest/gtest.h>

namespace gimlet::udp_punch::dtls::test
{

namespace
{

Buffer record(std::uint8_t type, std::uint8_t minor, std::size_t length)
{
	Buffer bytes{type, 254, minor, 0x12, 0x34, 0, 0, 0, 0, 0, 1, static_cast<std::uint8_t>(length >> 8U),
		static_cast<std::uint8_t>(length)};
	bytes.resize(bytes.size() + length, 0x5A);
	return bytes;
}

}

TEST(DtlsRecord, IsCutOff)
{
	auto datagram = record(22, 253, 5);
	const auto second = record(23, 253, 0);
	datagram.insert(datagram.end(), second.begin(), second.end());
	ByteView rest{datagram};
	const auto one = nextRecord(rest);
	ASSERT_TRUE(one);
	EXPECT_EQ(one->type, ContentType::Handshake);
	EXPECT_EQ(one->epoch, 0x1234);
	EXPECT_EQ(one->bytes.size(), 18U);
	EXPECT_EQ(one->fragment.size(), 5U);
	EXPECT_EQ(one->fragment[0], 0x5A);
	const auto two = nextRecord(rest);
	ASSERT_TRUE(two);
	EXPECT_EQ(two->type, ContentType::ApplicationData);
	EXPECT_TRUE(two->fragment.empty());
	EXPECT_TRUE(rest.empty());
	EXPECT_FALSE(nextRecord(rest));
}

TEST(DtlsRecord, IsWhole)
{
	const auto whole = record(23, 253, 40);
	for (std::size_t size = 0; size < whole.size(); ++size)
	{
		auto rest = ByteView{whole}.first(size);
		EXPECT_FALSE(nextRecord(rest)) << size;
		EXPECT_EQ(rest.size(), size) << "nothing is taken of what is none";
	}
}

TEST(DtlsRecord, HasATypeAVersionAndALengthOfDtls)
{
	const auto isOne = [](const Buffer& bytes)
	{
		ByteView rest{bytes};
		return nextRecord(rest).has_value();
	};
	for (int type = 0; type < 256; ++type)
		EXPECT_EQ(isOne(record(static_cast<std::uint8_t>(type), 253, 1)), type >= 20 && type <= 23) << type;
	for (int minor = 0; minor < 256; ++minor)
		EXPECT_EQ(isOne(record(22, static_cast<std::uint8_t>(minor), 1)), minor == 253 || minor == 255)
			<< minor;
	EXPECT_TRUE(isOne(record(23, 253, (1U << 14U) + 2048)));
	EXPECT_FALSE(isOne(record(23, 253, (1U << 14U) + 2049)));
}

TEST(DtlsRecord, GreetsInTheClear)
{
	Record hello;
	const Buffer message{1, 0, 0, 0};
	hello.fragment = message;
	EXPECT_TRUE(hello.isClientHello());
	hello.epoch = 1;
	EXPECT_FALSE(hello.isClientHello());
	hello.epoch = 0;
	hello.type = ContentType::Alert;
	EXPECT_FALSE(hello.isClientHello());
	hello.type = ContentType::Handshake;
	hello.fragment = {};
	EXPECT_FALSE(hello.isClientHello());
}

}
