// The pure parts: DCEP, checksum, stream ids, retransmissions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "plugins/transport/udp-punch/sctp/Checksum.h"
#include "plugins/transport/udp-punch/sctp/Dcep.h"
#include "plugins/transport/udp-punch/sctp/PacketWatch.h"
#include "plugins/transport/udp-punch/sctp/StreamIds.h"

namespace gimlet::test
{

namespace
{

using namespace std::chrono_literals;
using namespace udp_punch::sctp;

ChannelOptions opened(const Buffer& bytes)
{
	const auto message = dcep::decode(bytes);
	EXPECT_TRUE(message && std::holds_alternative<ChannelOptions>(*message));
	return std::get<ChannelOptions>(message.value_or(ChannelOptions{}));
}

TEST(SctpDcep, OpenIsReadFieldByField)
{
	const Buffer bytes{
		0x03, 0x82, 0x02, 0x00, 0x00, 0x00, 0x05, 0xdc, 0x00, 0x02, 0x00, 0x01, 'a', 'b', 'c', 'x', 'x'};
	const auto options = opened(bytes);
	EXPECT_EQ(options.label, "ab");
	EXPECT_EQ(options.protocol, "c");
	EXPECT_FALSE(options.ordered);
	EXPECT_EQ(options.maxLifetime, 1500ms);
	EXPECT_FALSE(options.maxRetransmits);
	EXPECT_EQ(options.priority, 512);
	const auto again = dcep::encodeOpen(options);
	EXPECT_EQ(again, Buffer(bytes.begin(), bytes.end() - 2)) << "what follows is ignored";
}

TEST(SctpDcep, EveryChannelTypeGoesThere)
{
	for (const bool ordered : {true, false})
		for (const int kind : {0, 1, 2})
		{
			ChannelOptions options;
			options.ordered = ordered;
			if (kind == 1)
				options.maxRetransmits = 65535;
			if (kind == 2)
				options.maxLifetime = 4294967295ms;
			const auto back = opened(dcep::encodeOpen(options));
			EXPECT_EQ(back.ordered, ordered);
			EXPECT_EQ(back.maxRetransmits, options.maxRetransmits);
			EXPECT_EQ(back.maxLifetime, options.maxLifetime);
		}
	ChannelOptions longer;
	longer.maxLifetime = 4294967296ms;
	EXPECT_EQ(opened(dcep::encodeOpen(longer)).maxLifetime, 4294967295ms);
}

TEST(SctpDcep, AckIsOneByte)
{
	EXPECT_EQ(dcep::encodeAck(), Buffer{0x02});
	const auto message = dcep::decode(Buffer{0x02, 0x00});
	ASSERT_TRUE(message);
	EXPECT_TRUE(std::holds_alternative<dcep::Ack>(*message));
}

TEST(SctpDcep, WhatIsCutShortOrUnknownIsNothing)
{
	const auto whole = dcep::encodeOpen(
		[]
		{
			ChannelOptions options;
			options.label = "label";
			options.protocol = "protocol";
			return options;
		}());
	for (std::size_t size = 0; size < whole.size(); ++size)
		EXPECT_FALSE(dcep::decode(ByteView{whole}.first(size))) << size;
	EXPECT_TRUE(dcep::decode(whole));
	for (const std::uint8_t type : {0x00, 0x01, 0x04, 0xff})
	{
		auto other = whole;
		other[0] = type;
		EXPECT_FALSE(dcep::decode(other));
	}
	for (const std::uint8_t channel : {0x03, 0x7f, 0x83})
	{
		auto other = whole;
		other[1] = channel;
		EXPECT_FALSE(dcep::decode(other));
	}
}

TEST(SctpChecksum, VectorsOfRfc3720)
{
	const Buffer zeros(32, 0);
	const Buffer ones(32, 0xff);
	Buffer rising(32);
	std::iota(rising.begin(), rising.end(), std::uint8_t{0});
	const auto expect = [](ByteView bytes, std::uint32_t value)
	{
		EXPECT_EQ(checksum::crc32c(bytes), value) << checksum::method();
		EXPECT_EQ(checksum::crc32cByTable(bytes), value);
	};
	expect(zeros, 0x8a9136aa);
	expect(ones, 0x62a8ab43);
	expect(rising, 0x46dd794e);
	expect(asBytes("123456789"), 0xe3069283);
}

TEST(SctpChecksum, InstructionAndTableAgreeAtEveryLength)
{
	Buffer bytes(1300);
	std::iota(bytes.begin(), bytes.end(), std::uint8_t{7});
	for (std::size_t size = 0; size <= bytes.size(); ++size)
		EXPECT_EQ(checksum::crc32c(ByteView{bytes}.first(size)),
			checksum::crc32cByTable(ByteView{bytes}.first(size)));
}

TEST(SctpChecksum, APacketIsCheckedAsItIsWritten)
{
	Buffer packet(64, 0x5a);
	EXPECT_FALSE(checksum::check(packet));
	checksum::write(packet);
	EXPECT_TRUE(checksum::check(packet));
	for (std::size_t i = 0; i < packet.size(); ++i)
	{
		packet[i] ^= 0x10;
		EXPECT_FALSE(checksum::check(packet)) << i;
		packet[i] ^= 0x10;
	}
	EXPECT_FALSE(checksum::check(ByteView{packet}.first(11)));
}

TEST(SctpStreamIds, EvenForTheDtlsClientOddForTheServer)
{
	StreamIds client{true};
	StreamIds server{false};
	EXPECT_EQ(client.take(1024), 0);
	EXPECT_EQ(client.take(1024), 2);
	EXPECT_EQ(server.take(1024), 1);
	EXPECT_EQ(server.take(1024), 3);
	EXPECT_TRUE(client.isOurs(4));
	EXPECT_FALSE(client.isOurs(5));
	EXPECT_TRUE(server.isOurs(5));
}

TEST(SctpStreamIds, YieldTheirHalfToAPeerThatTakesIt)
{
	StreamIds ids{true};
	EXPECT_EQ(ids.take(256), 0);
	ids.yield();
	EXPECT_TRUE(ids.isOurs(1));
	EXPECT_EQ(ids.take(256), 1);
	ids.release(0);
	EXPECT_EQ(ids.take(256), 3);
}

TEST(SctpStreamIds, TheLowestFreeOneWithinTheLimit)
{
	StreamIds ids{true};
	for (int i = 0; i < 4; ++i)
		EXPECT_TRUE(ids.take(8));
	EXPECT_FALSE(ids.take(8));
	ids.release(6);
	ids.release(2);
	EXPECT_EQ(ids.take(8), 2);
	EXPECT_FALSE(ids.take(6));
	EXPECT_EQ(ids.take(8), 6);
	EXPECT_EQ(ids.take(16), 8);
}

TEST(SctpStreamIds, TheLastStreamIsNeverUsed)
{
	StreamIds ids{false};
	std::size_t count = 0;
	while (ids.take(65536))
		++count;
	EXPECT_EQ(count, 32767U) << "65,535 is illegal (RFC 8832, section 6)";
}

/// A packet of DATA chunks with these TSNs.
Buffer dataPacket(const std::vector<std::uint32_t>& tsns, std::uint8_t type = 0)
{
	Buffer packet(12);
	for (const auto tsn : tsns)
	{
		const Buffer chunk{type, 3, 0, 17, static_cast<std::uint8_t>(tsn >> 24U),
			static_cast<std::uint8_t>(tsn >> 16U), static_cast<std::uint8_t>(tsn >> 8U),
			static_cast<std::uint8_t>(tsn), 0, 0, 0, 0, 0, 0, 0, 51, 'x', 0, 0, 0};
		packet.insert(packet.end(), chunk.begin(), chunk.end());
	}
	return packet;
}

TEST(SctpPacketWatch, ATsnThatIsNotBeyondAllOthersCounts)
{
	PacketWatch counter;
	counter.onOutput(dataPacket({0xfffffffe, 0xffffffff}));
	counter.onOutput(dataPacket({0, 1}, 64));
	EXPECT_EQ(counter.retransmissions(), 0U);
	counter.onOutput(dataPacket({0xffffffff, 2}));
	EXPECT_EQ(counter.retransmissions(), 1U);
	counter.onOutput(dataPacket({2}, 64));
	EXPECT_EQ(counter.retransmissions(), 2U);
	counter.onOutput(dataPacket({1}, 3));
	EXPECT_EQ(counter.retransmissions(), 2U) << "another chunk";
}

/// A packet with one chunk.
Buffer packetOf(std::uint8_t type, const Buffer& value)
{
	Buffer packet(12);
	const auto length = value.size() + 4;
	packet.insert(
		packet.end(), {type, 0, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)});
	packet.insert(packet.end(), value.begin(), value.end());
	packet.resize((packet.size() + 3) / 4 * 4);
	return packet;
}

/// A request to reset stream 7 outwards from a TSN below 256 on.
Buffer resetPacket(std::uint8_t tsn)
{
	return packetOf(130, {0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, tsn, 0, 7});
}

TEST(SctpPacketWatch, AResetWaitsForTheDataBeforeIt)
{
	PacketWatch watch;
	EXPECT_TRUE(watch.onInput(resetPacket(20))) << "nothing was acknowledged yet";
	watch.onOutput(packetOf(3, {0, 0, 0, 19, 0, 0, 4, 0, 0, 0, 0, 0}));
	EXPECT_FALSE(watch.onInput(resetPacket(20)));
	EXPECT_TRUE(watch.onInput(resetPacket(19)));
	EXPECT_TRUE(watch.onInput(dataPacket({20})));
	watch.onOutput(packetOf(3, {0, 0, 0, 20, 0, 0, 4, 0, 0, 0, 0, 0}));
	EXPECT_TRUE(watch.onInput(resetPacket(20)));
	EXPECT_EQ(watch.earlyResets(), 1U);
}

TEST(SctpPacketWatch, WhatCannotBeReadIsSkipped)
{
	PacketWatch counter;
	auto packet = dataPacket({5, 5});
	packet[15] = 3; // a length below the chunk header
	counter.onOutput(packet);
	counter.onInput(packet);
	counter.onOutput(Buffer(5));
	for (std::size_t size = 0; size < 32; ++size)
		counter.onOutput(ByteView{packet}.first(size));
	EXPECT_EQ(counter.retransmissions(), 0U);
}

}

}
