#include "node/core/net/Netlink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/NetlinkMessages.h"

namespace gimlet::core::netlink
{

namespace
{

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Endpoint address(const std::string& text)
{
	return Endpoint::parseAddress(text, 0).value();
}

Buffer joined(const std::vector<Buffer>& parts)
{
	Buffer all;
	for (const auto& part : parts)
		all.insert(all.end(), part.begin(), part.end());
	return all;
}

const Message LINK{7, false, Link{.index = 3, .name = "eth0", .up = true, .running = true, .mtu = 1500}};
const Message ADDRESS{7, false, Address{.index = 3, .address = address("192.0.2.7")}};
const Message ROUTE{0, true,
	Route{.family = AF_INET6,
		.prefix = 0,
		.forwarding = true,
		.index = 3,
		.gateway = address("2001:db8::1"),
		.source = address("2001:db8::7")}};

template <typename T>
T body(const Buffer& question)
{
	T value;
	std::memcpy(&value, question.data() + sizeof(nlmsghdr), sizeof value);
	return value;
}

}

TEST(Netlink, ReadsWhatTheKernelSays)
{
	const Message tentative{
		0, true, Address{.index = 2, .address = address("2001:db8::7"), .tentative = true}};
	const Message down{0, false, Link{.index = 9, .name = "docker0", .mtu = 1500}};
	const Message unreachable{7, false, Error{ENETUNREACH}};
	const Message end{7, false, Done{}};
	for (const auto& message : {LINK, ADDRESS, ROUTE, tentative, down, unreachable, end})
		EXPECT_THAT(decode(test::encode(message)), ElementsAre(message));
	EXPECT_THAT(decode(joined({test::encode(LINK), test::encode(ADDRESS), test::encode(end)})),
		ElementsAre(LINK, ADDRESS, end));
}

TEST(Netlink, OnALinkToOneOtherMachineTheLocalAddressCounts)
{
	ifaddrmsg info{};
	info.ifa_family = AF_INET;
	info.ifa_index = 4;
	const auto bytes = test::NetlinkMessage{RTM_NEWADDR, 0, info}
						   .attribute(IFA_ADDRESS, address("10.0.0.2"))
						   .attribute(IFA_LOCAL, address("10.0.0.1"))
						   .bytes();
	EXPECT_THAT(
		decode(bytes), ElementsAre(Message{0, false, Address{.index = 4, .address = address("10.0.0.1")}}));
}

TEST(Netlink, WhatLeadsNowhereIsNoWayOut)
{
	rtmsg info{};
	info.rtm_family = AF_INET;
	const auto forwarding = [&info]
	{
		const auto messages = decode(test::NetlinkMessage{RTM_NEWROUTE, 0, info}.bytes());
		return std::get<Route>(messages.at(0).content).forwarding;
	};
	info.rtm_type = RTN_UNICAST;
	EXPECT_TRUE(forwarding());
	info.rtm_table = RT_TABLE_LOCAL;
	EXPECT_FALSE(forwarding());
	info.rtm_table = RT_TABLE_MAIN;
	info.rtm_type = RTN_UNREACHABLE;
	EXPECT_FALSE(forwarding());
}

TEST(Netlink, WhatIsNoInternetIsSomethingElse)
{
	ifaddrmsg info{};
	info.ifa_family = AF_UNIX;
	const auto messages = decode(test::NetlinkMessage{RTM_NEWADDR, 1, info}.bytes());
	EXPECT_THAT(messages, ElementsAre(Message{1, false, Other{}}));
}

TEST(Netlink, StopsWhereTheBytesEnd)
{
	const auto whole = joined({test::encode(LINK), test::encode(ADDRESS)});
	for (std::size_t length = 0; length < whole.size(); ++length)
	{
		const auto messages = decode(ByteView{whole}.first(length));
		EXPECT_LE(messages.size(), 1U) << length;
		EXPECT_TRUE(messages.empty() || messages.front() == LINK);
	}
}

TEST(Netlink, StopsAtLengthsThatCannotBe)
{
	auto bytes = test::encode(LINK);
	for (const std::uint32_t length : {0U, 1U, 15U, 0xffffffffU})
	{
		std::memcpy(bytes.data(), &length, sizeof length);
		EXPECT_THAT(decode(bytes), IsEmpty()) << length;
	}
	// An attribute that is longer than the message ends the attributes.
	bytes = test::encode(LINK);
	const std::uint16_t length = 0xffff;
	std::memcpy(bytes.data() + sizeof(nlmsghdr) + sizeof(ifinfomsg), &length, sizeof length);
	EXPECT_THAT(decode(bytes), ElementsAre(Message{7, false, Link{.index = 3, .up = true, .running = true}}));
}

TEST(Netlink, AsksInTheKernelsForm)
{
	const auto route = askRoute(5, address("198.41.0.4"));
	EXPECT_THAT(route, SizeIs(sizeof(nlmsghdr) + sizeof(rtmsg) + sizeof(rtattr) + 4));
	EXPECT_EQ(body<rtmsg>(route).rtm_dst_len, 32);
	EXPECT_EQ(body<rtmsg>(askRoute(5, address("2001:db8::1"))).rtm_dst_len, 128);
	EXPECT_EQ(body<ifinfomsg>(askLink(6, 3)).ifi_index, 3);
	nlmsghdr head{};
	const auto list = askAddresses(9);
	std::memcpy(&head, list.data(), sizeof head);
	EXPECT_EQ(head.nlmsg_len, list.size());
	EXPECT_EQ(head.nlmsg_type, RTM_GETADDR);
	EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	EXPECT_EQ(head.nlmsg_seq, 9U);
}

}
