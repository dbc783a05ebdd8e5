#include "plugins/transport/udp-punch/description/CandidateLine.h"

#include <gtest/gtest.h>

using namespace gimlet;
using namespace gimlet::udp_punch;

namespace
{

Endpoint address(const char* text)
{
	return *Endpoint::parse(text);
}

}

TEST(CandidateLine, ExamplesOfRfc8839)
{
	// Section 4.6's, with and without "a=".
	const auto host = parseCandidateLine("a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host");
	ASSERT_TRUE(host);
	EXPECT_EQ(host->foundation, "1");
	EXPECT_EQ(host->priority, 2130706431U);
	EXPECT_EQ(host->endpoint, address("203.0.113.141:8998"));
	EXPECT_EQ(host->port, 8998);
	EXPECT_EQ(host->hostName, "");
	EXPECT_EQ(host->type, CandidateType::Host);
	EXPECT_FALSE(host->related);

	const auto reflexive = parseCandidateLine(
		"candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998");
	ASSERT_TRUE(reflexive);
	EXPECT_EQ(reflexive->type, CandidateType::ServerReflexive);
	EXPECT_EQ(reflexive->related, address("203.0.113.141:8998"));

	const auto v6 = parseCandidateLine("candidate:1 1 UDP 2130706431 2001:db8::1 8998 typ host");
	ASSERT_TRUE(v6);
	EXPECT_EQ(v6->endpoint, address("[2001:db8::1]:8998"));
}

TEST(CandidateLine, OthersThanOurs)
{
	// As Chromium, libnice and aiortc write them.
	const auto chromium =
		parseCandidateLine("candidate:1853887674 1 udp 1518280447 36b2ea2b-d4fb-4d1c-9a0c-0305e82c3301.local "
						   "46154 typ host generation 0 ufrag EsAw network-id 1 network-cost 50");
	ASSERT_TRUE(chromium);
	EXPECT_EQ(chromium->hostName, "36b2ea2b-d4fb-4d1c-9a0c-0305e82c3301.local");
	EXPECT_FALSE(chromium->endpoint.valid());
	EXPECT_EQ(chromium->port, 46154);
	const auto hidden =
		parseCandidateLine("candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr "
						   "0.0.0.0 rport 0 generation 0 network-cost 999");
	ASSERT_TRUE(hidden);
	EXPECT_EQ(hidden->related, address("0.0.0.0:0"));
	EXPECT_TRUE(parseCandidateLine("candidate:3 1 UDP 2013266431 fe80::1 9 typ host"));
	EXPECT_TRUE(parseCandidateLine(
		"candidate:6815297761 1 udp 659136 1.2.3.4 31102 typ relay raddr 0.0.0.0 rport 0 generation 0"));
	// A name as related address says nothing, and an extension's value may be empty (RFC 8839).
	const auto named =
		parseCandidateLine("candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr a.local rport 5 x  y z");
	ASSERT_TRUE(named);
	EXPECT_FALSE(named->related);
	// The v4-mapped form is the IPv4 address.
	EXPECT_EQ(
		parseCandidateLine("candidate:1 1 udp 1 ::ffff:1.2.3.4 5 typ host")->endpoint, address("1.2.3.4:5"));
}

TEST(CandidateLine, WellFormedButNotForUs)
{
	for (const char* line : {
			 "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0",
			 "candidate:1 2 udp 2130706430 192.0.2.1 8998 typ host",
			 "candidate:1 256 udp 2130706430 192.0.2.1 8998 typ host",
			 "candidate:1 1 udp 1 192.0.2.1 9 typ future",
			 "candidate:1 1 udp 1 host.example.org 9 typ host",
			 "candidate:1 1 udp 1 two.dots.local 9 typ host",
			 "candidate:1 1 udp 1 localhost 9 typ host",
		 })
	{
		const auto verdict = readCandidateLine(line);
		EXPECT_FALSE(verdict.candidate) << line;
		EXPECT_TRUE(verdict.notForUs) << line << ": " << verdict.why;
		EXPECT_NE(verdict.why, "") << line;
	}
}

TEST(CandidateLine, Malformed)
{
	for (const char* line : {"", "candidate:", "a=", "a=b=candidate:1 1 udp 1 1.2.3.4 5 typ host",
			 "candidate: 1 udp 1 1.2.3.4 5 typ host",
			 "candidate:123456789012345678901234567890123 1 udp 1 1.2.3.4 5 typ host",
			 "candidate:a-b 1 udp 1 1.2.3.4 5 typ host", "candidate:1 0 udp 1 1.2.3.4 5 typ host",
			 "candidate:1 257 udp 1 1.2.3.4 5 typ host", "candidate:1 -1 udp 1 1.2.3.4 5 typ host",
			 "candidate:1 1  1 1.2.3.4 5 typ host", "candidate:1 1 udp 0 1.2.3.4 5 typ host",
			 "candidate:1 1 udp 2147483648 1.2.3.4 5 typ host",
			 "candidate:1 1 udp 00000000001 1.2.3.4 5 typ host", "candidate:1 1 udp 1 1.2.3.4 0 typ host",
			 "candidate:1 1 udp 1 1.2.3.4 65536 typ host", "candidate:1 1 udp 1 1.2.3.4 5 host",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ", "candidate:1 1 udp 1 1.2.3.4 5 typ ",
			 "candidate:1 1 udp 1 1.2.3.4  5 typ host", "candidate:1 1 udp 1 1.2.3.456 5 typ host",
			 "candidate:1 1 udp 1 1.2.3 5 typ host", "candidate:1 1 udp 1 fe80::1%eth0 5 typ host",
			 "candidate:1 1 udp 1 -.local- 5 typ h\xc3\xb6st", "candidate:1 1 udp 1 .local 5 typ host",
			 "candidate:1 1 udp 1 a..local 5 typ host", "candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ srflx rport 5",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr 1.2.3.4",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr 1.2.3.4 rport",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr 1.2.3.4 rport 65536",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ srflx raddr 1.2.3 rport 5",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ host generation", "candidate:1 1 udp 1 1.2.3.4 5 typ host ",
			 "candidate:1 1 udp 1 1.2.3.4 5 typ host  x", "candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n",
			 "candidate:1 1 udp 1 1.2.3.4\t5 typ host"})
	{
		const auto verdict = readCandidateLine(line);
		EXPECT_FALSE(verdict.candidate) << line;
		EXPECT_FALSE(verdict.notForUs) << line;
		EXPECT_NE(verdict.why, "") << line;
	}
	EXPECT_FALSE(parseCandidateLine(std::string_view{"candidate:1 1 udp 1 1.2.3.4\0 5 typ host", 39}));
	const std::string whole = "candidate:1 1 udp 1 1.2.3.4 5 typ host x ";
	EXPECT_TRUE(parseCandidateLine(whole + std::string(MAX_CANDIDATE_LINE - whole.size(), 'y')));
	EXPECT_FALSE(parseCandidateLine(whole + std::string(MAX_CANDIDATE_LINE + 1 - whole.size(), 'y')));
}

TEST(CandidateLine, SaysWhy)
{
	std::string why = "before";
	EXPECT_TRUE(parseCandidateLine("candidate:1 1 udp 1 1.2.3.4 5 typ host", &why));
	EXPECT_EQ(why, "");
	EXPECT_FALSE(parseCandidateLine("candidate:1 1 tcp 1 1.2.3.4 5 typ host", &why));
	EXPECT_EQ(why, "its transport is not UDP");
}

TEST(CandidateLine, SurvivesTheRoundTrip)
{
	for (const char* line : {"candidate:1 1 udp 2130706431 203.0.113.141 8998 typ host",
			 "candidate:a+/Z9 1 udp 1 2001:db8::1 1 typ prflx raddr :: rport 0",
			 "candidate:12345678901234567890123456789012 1 udp 2147483647 1.2.3.4 65535 typ relay raddr "
			 "5.6.7.8 "
			 "rport 65535",
			 "candidate:2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
			 "candidate:1 1 udp 9 3f2504e0-4f89-41d3-9a0c-0305e82c3301.local 5 typ host"})
	{
		const auto candidate = parseCandidateLine(line);
		ASSERT_TRUE(candidate) << line;
		EXPECT_EQ(toString(*candidate), line);
		EXPECT_EQ(parseCandidateLine(toString(*candidate)), candidate);
	}
}
