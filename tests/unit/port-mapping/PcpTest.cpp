#include "plugins/discovery/port-mapping/Pcp.h"

#include <gtest/gtest.h>

namespace gimlet::port_mapping::pcp
{

namespace
{

const Nonce NONCE{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

// RFC 6887, figures 2 and 9, by hand: 192.168.1.20 asks for its UDP port 40001 for two hours.
const Buffer REQUEST{2, 1, 0, 0,                               // version, MAP, reserved
	0, 0, 0x1c, 0x20,                                          // 7200
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 20, // the client
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,                     // nonce
	17, 0, 0, 0,                                               // UDP
	0x9c, 0x41, 0x9c, 0x42,                                    // 40001, and 40002 is wished for
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};     // any address

// Figures 3 and 10: granted as 203.0.113.7:40002 for an hour; the server has run for 1,000 s.
const Buffer RESPONSE{2, 0x81, 0, 0,       // version, MAP response, reserved, success
	0, 0, 0x0e, 0x10,                      // 3600
	0, 0, 0x03, 0xe8,                      // epoch
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    // reserved
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, // nonce
	17, 0, 0, 0,                           // UDP
	0x9c, 0x41, 0x9c, 0x42,                // 40001, 40002
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7};

TEST(PcpTest, ARequestIsWrittenAsTheFiguresHaveIt)
{
	EXPECT_EQ(encode(MapRequest{.client = *Endpoint::parse("192.168.1.20:0"),
				  .nonce = NONCE,
				  .internalPort = 40001,
				  .suggested = Endpoint::any(AF_INET, 40002),
				  .lifetime = 7200}),
		REQUEST);
	EXPECT_EQ(encodeAnnounce(*Endpoint::parse("192.168.1.20:0")),
		(Buffer{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 1, 20}));
}

TEST(PcpTest, AResponseIsReadAsTheFiguresHaveIt)
{
	const auto response = decode(RESPONSE);
	ASSERT_TRUE(response && response->map);
	EXPECT_EQ(response->opcode, Opcode::Map);
	EXPECT_EQ(response->result, Result::Success);
	EXPECT_EQ(response->lifetime, 3600U);
	EXPECT_EQ(response->epoch, 1000U);
	EXPECT_EQ(response->map->nonce, NONCE);
	EXPECT_EQ(response->map->protocol, 17);
	EXPECT_EQ(response->map->internalPort, 40001);
	EXPECT_EQ(response->map->external, *Endpoint::parse("203.0.113.7:40002"));
	EXPECT_EQ(encode(*response), RESPONSE);
}

TEST(PcpTest, WhatIsNoResponseIsNotRead)
{
	EXPECT_FALSE(decode(REQUEST));
	for (std::size_t length = 0; length < RESPONSE.size(); ++length)
		EXPECT_FALSE(decode(ByteView{RESPONSE}.first(length))) << length;
	auto long_ = RESPONSE;
	long_.resize(LARGEST + 4);
	EXPECT_FALSE(decode(long_));
	auto opcode = RESPONSE;
	opcode[1] = 0x82; // PEER
	EXPECT_FALSE(decode(opcode));
}

TEST(PcpTest, OptionsThatFollowAreIgnored)
{
	auto more = RESPONSE;
	more.insert(more.end(), {3, 0, 0, 0}); // FILTER
	EXPECT_TRUE(decode(more));
	more.push_back(0);
	EXPECT_FALSE(decode(more)) << "section 7.2: a multiple of four";
}

// RFC 6886, section 3.5: what a router answers that speaks NAT-PMP alone.
TEST(PcpTest, AnOlderServerIsRecognised)
{
	const auto response = decode(Buffer{0, 0x81, 0, 1, 0, 0, 0, 9});
	ASSERT_TRUE(response);
	EXPECT_EQ(response->result, Result::UnsupportedVersion);
	EXPECT_FALSE(response->map);
}

TEST(PcpTest, AnAnnouncementHasNoMore)
{
	const auto response = decode(ByteView{encode(Response{.opcode = Opcode::Announce, .epoch = 7})});
	ASSERT_TRUE(response);
	EXPECT_EQ(response->opcode, Opcode::Announce);
	EXPECT_EQ(response->epoch, 7U);
}

TEST(PcpTest, ResultsHaveWords)
{
	EXPECT_EQ(toString(Result::NotAuthorized), "not authorized");
	EXPECT_EQ(toString(Result::ExcessiveRemotePeers), "too many remote peers");
	EXPECT_EQ(toString(static_cast<Result>(99)), "error 99");
}

}

}
