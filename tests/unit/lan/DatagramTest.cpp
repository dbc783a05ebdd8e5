#include "plugins/signaling/lan/Datagram.h"

#include <gtest/gtest.h>

#include "plugins/signaling/lan/Limits.h"
#include "tests/unit/lan/Wire.h"

namespace gimlet::lan
{

namespace
{

const Presence FROM{.id = ALICE, .epoch = 0x0102030405060708U};

template <typename Kind>
Kind roundTrip(const Room& room, const Body& body)
{
	const auto decoded = decode(room, encode(room, FROM, body));
	const auto* datagram = std::get_if<Datagram>(&decoded);
	EXPECT_NE(datagram, nullptr);
	if (!datagram)
		return {};
	EXPECT_EQ(datagram->from.id, FROM.id);
	EXPECT_EQ(datagram->from.epoch, FROM.epoch);
	EXPECT_TRUE(std::holds_alternative<Kind>(datagram->body));
	return std::get<Kind>(datagram->body);
}

Unread unread(const Room& room, ByteView bytes)
{
	const auto decoded = decode(room, bytes);
	const auto* why = std::get_if<Unread>(&decoded);
	EXPECT_NE(why, nullptr);
	return why ? *why : Unread::Malformed;
}

Buffer announcement()
{
	return encode(LOBBY, FROM, Announcement{.asks = true, .name = "änne", .transports = {"a/1", "b/2"}});
}

TEST(LanDatagramTest, ReadsWhatItWrites)
{
	for (const auto& room : {LOBBY, Room{"lobby", "secret"}})
	{
		const Announcement here{.asks = true, .name = "änne", .transports = {"a/1", "b/2"}};
		EXPECT_EQ(roundTrip<Announcement>(room, here), here);
		EXPECT_EQ(roundTrip<Announcement>(room, Announcement{}), Announcement{});
		roundTrip<Goodbye>(room, Goodbye{});
		const Acknowledgement has{.to = BOB, .tag = 7, .sequence = 9, .received = 0xfffe};
		EXPECT_EQ(roundTrip<Acknowledgement>(room, has), has);
	}
}

TEST(LanDatagramTest, AFragmentIsReadAsAView)
{
	const Buffer bytes(FRAGMENT, 'x');
	const auto wire = encode(
		LOBBY, FROM, Fragment{.to = BOB, .tag = 7, .sequence = 9, .index = 1, .count = 3, .bytes = bytes});
	const auto decoded = decode(LOBBY, wire);
	const auto& fragment = std::get<Fragment>(std::get<Datagram>(decoded).body);
	EXPECT_EQ(fragment.to, BOB);
	EXPECT_EQ(fragment.index, 1);
	EXPECT_EQ(fragment.count, 3);
	EXPECT_TRUE(std::equal(fragment.bytes.begin(), fragment.bytes.end(), bytes.begin(), bytes.end()));
}

// The wire as docs/PROTOCOL.md, section 8, has it.
TEST(LanDatagramTest, TheHeaderIsAsDescribed)
{
	const auto wire = encode(LOBBY, FROM, Announcement{.asks = true, .name = "n", .transports = {"t"}});
	const Buffer start{'G', 'L', 'A', 'N', 1, 1, 1, 0};
	EXPECT_TRUE(std::equal(start.begin(), start.end(), wire.begin()));
	EXPECT_TRUE(std::equal(LOBBY.tag().begin(), LOBBY.tag().end(), wire.begin() + 8));
	EXPECT_EQ(wire[16], 0xaa);
	EXPECT_EQ(wire[22], 0x4a);
	EXPECT_EQ(wire[32], 1);
	EXPECT_EQ(wire[39], 8);
	const Buffer body{0, 1, 'n', 1, 1, 't'};
	EXPECT_EQ(Buffer(wire.begin() + 40, wire.end()), body);
}

TEST(LanDatagramTest, ShortenedOnesAreMalformed)
{
	const auto whole = announcement();
	for (std::size_t length = 0; length < whole.size(); ++length)
		EXPECT_EQ(unread(LOBBY, ByteView{whole}.first(length)), Unread::Malformed) << length;
}

TEST(LanDatagramTest, WhatFollowsIsIgnored)
{
	auto wire = announcement();
	wire.push_back(1);
	EXPECT_TRUE(std::holds_alternative<Datagram>(decode(LOBBY, wire)));
}

TEST(LanDatagramTest, OtherRoomsVersionsAndTypesAreNotRead)
{
	auto wire = announcement();
	EXPECT_EQ(unread(Room("cellar", ""), wire), Unread::OtherRoom);
	EXPECT_EQ(unread(Room("lobby", "secret"), wire), Unread::OtherRoom) << "a token makes another room";
	wire[4] = 2;
	EXPECT_EQ(unread(LOBBY, wire), Unread::Malformed);
	wire[4] = 1;
	wire[5] = 9;
	EXPECT_EQ(unread(LOBBY, wire), Unread::Malformed);
}

TEST(LanDatagramTest, WhoDoesNotKnowTheTokenIsForged)
{
	const Room room{"lobby", "secret"};
	const auto whole = encode(room, FROM, Announcement{.asks = false, .name = "n", .transports = {"t/1"}});
	for (std::size_t at = 40; at < whole.size(); ++at)
	{
		auto wire = whole;
		wire[at] ^= 1U;
		EXPECT_EQ(unread(room, wire), Unread::Forged) << at;
	}
	EXPECT_EQ(unread(room, ByteView{whole}.first(50)), Unread::Forged);
}

TEST(LanDatagramTest, IdsMustBeWorkers)
{
	auto wire = announcement();
	wire[22] = 0x1a; // version 1
	EXPECT_EQ(unread(LOBBY, wire), Unread::Malformed);
}

TEST(LanDatagramTest, NamesAndTransportsAreChecked)
{
	const auto refused = [](const Announcement& body)
	{ return std::holds_alternative<Unread>(decode(LOBBY, encode(LOBBY, FROM, body))); };
	EXPECT_TRUE(refused({.asks = false, .name = "\xff", .transports = {}}));
	EXPECT_TRUE(refused({.asks = false, .name = "a\nb", .transports = {}}));
	EXPECT_TRUE(refused({.asks = false, .name = std::string(65, 'n'), .transports = {}}));
	EXPECT_TRUE(refused({.asks = false, .name = "", .transports = {"not one"}}));
	EXPECT_TRUE(refused({.asks = false, .name = "", .transports = std::vector<std::string>(17, "t/1")}));
}

TEST(LanDatagramTest, FragmentsAreFullButForTheLast)
{
	const Buffer full(FRAGMENT, 'x');
	const Buffer part(10, 'x');
	const auto taken = [](const Fragment& body)
	{ return std::holds_alternative<Datagram>(decode(LOBBY, encode(LOBBY, FROM, body))); };
	Fragment fragment{.to = BOB, .tag = 1, .sequence = 1, .index = 0, .count = 1, .bytes = part};
	EXPECT_TRUE(taken(fragment));
	fragment.bytes = {};
	EXPECT_FALSE(taken(fragment));
	fragment.bytes = part;
	fragment.count = 2;
	EXPECT_FALSE(taken(fragment)) << "not full";
	fragment.bytes = full;
	EXPECT_TRUE(taken(fragment));
	fragment.index = 2;
	EXPECT_FALSE(taken(fragment)) << "beyond the last";
	fragment.index = 0;
	fragment.count = MAX_FRAGMENTS + 1;
	EXPECT_FALSE(taken(fragment));
	fragment.count = 0;
	EXPECT_FALSE(taken(fragment));
	fragment.count = 2;
	fragment.sequence = 0;
	EXPECT_FALSE(taken(fragment));
}

TEST(LanRoomTest, SessionsAreTheSameOnBothSidesAndNewForEachRun)
{
	const Presence alice{ALICE, 1};
	const Presence bob{BOB, 2};
	const auto session = sessionOf(LOBBY, alice, bob);
	EXPECT_EQ(session.size(), 32U);
	EXPECT_EQ(session, sessionOf(LOBBY, bob, alice));
	EXPECT_NE(session, sessionOf(LOBBY, {ALICE, 3}, bob));
	EXPECT_NE(session, sessionOf(LOBBY, {ALICE, 2}, {BOB, 1}));
	EXPECT_NE(session, sessionOf(Room("cellar", ""), alice, bob));
	EXPECT_NE(sessionTag(session), 0U);
}

TEST(LanRoomTest, RoomsAndTokensAreToldApart)
{
	EXPECT_NE(Room("a", "b").tag(), Room("a", "").tag());
	EXPECT_NE(Room("a", "b\n").tag(), Room("a\nb", "").tag());
}

TEST(LanRoomTest, OneOfOursGoesBeforePlain)
{
	using List = std::vector<std::string>;
	EXPECT_EQ(commonTransport(List{"udp-plain/1", "udp-punch/1"}, List{"udp-plain/1", "udp-punch/1"}),
		"udp-punch/1");
	EXPECT_EQ(commonTransport(List{"a", "b"}, List{"b", "a"}), "a");
	EXPECT_EQ(commonTransport(List{"a", "b", "c"}, List{"c", "b"}), "b");
	EXPECT_EQ(commonTransport(List{"a"}, List{"b"}), "");
}

}

}
