#include "plugins/transport/udp-plain/CandidateSignal.h"

#include <gtest/gtest.h>

#include "plugins/transport/udp-plain/Timing.h"

using namespace gimlet;
using namespace gimlet::udp_plain;

namespace
{

Endpoint address(const char* text)
{
	return *Endpoint::parse(text);
}

using Endpoints = std::vector<Endpoint>;

}

TEST(CandidateSignal, SurvivesTheRoundTrip)
{
	const CandidateSignal signal{{address("192.0.2.7:40001"), address("[2001:db8::1]:8081")}, true};
	const auto text = encode(signal);
	EXPECT_EQ(text, R"({"candidates":["192.0.2.7:40001","[2001:db8::1]:8081"],"again":true})");
	const auto read = decodeCandidateSignal(text);
	ASSERT_TRUE(read);
	EXPECT_EQ(read->candidates, signal.candidates);
	EXPECT_TRUE(read->again);
	EXPECT_EQ(encode({}), R"({"candidates":[]})");
}

TEST(CandidateSignal, LeavesOutWhatIsNoAddress)
{
	const auto read =
		decodeCandidateSignal(R"({"candidates":["example.org:80",7,"192.0.2.7:1","10.0.0.1"]})");
	ASSERT_TRUE(read);
	EXPECT_EQ(read->candidates, Endpoints{address("192.0.2.7:1")});
	EXPECT_FALSE(read->again);
}

TEST(CandidateSignal, RefusesWhatIsNone)
{
	for (const char* text : {"", "[]", "{}", R"({"candidates":"192.0.2.7:1"})", R"({"candidates":{}})", "{"})
		EXPECT_FALSE(decodeCandidateSignal(text)) << text;
}

TEST(CandidateSignal, ReadsABoundedNumber)
{
	std::string text = R"({"candidates":[)";
	for (int i = 1; i <= 100; ++i)
		text += (i > 1 ? "," : "") + ("\"192.0.2.7:" + std::to_string(i)) + "\"";
	const auto read = decodeCandidateSignal(text + "]}");
	ASSERT_TRUE(read);
	EXPECT_EQ(read->candidates.size(), MAX_NAMED_ROUTES);
}

TEST(HostCandidates, OfAWildcardAreTheInterfacesRankedAndBounded)
{
	const auto result = hostCandidates(address("[::]:8081"),
		{address("[2001:db8::1]:0"), address("203.0.113.5:0"), address("127.0.0.1:0"),
			address("192.168.1.2:0"), address("[fe80::1]:0"), address("169.254.1.1:0")});
	EXPECT_EQ(result,
		(Endpoints{address("192.168.1.2:8081"), address("203.0.113.5:8081"), address("[2001:db8::1]:8081")}));
	const auto many = hostCandidates(address("0.0.0.0:8081"), Endpoints(50, address("10.0.0.1:0")));
	EXPECT_EQ(many.size(), 8U);
}

TEST(HostCandidates, OfAnIpv4SocketAreIpv4)
{
	const auto result =
		hostCandidates(address("0.0.0.0:1"), {address("[2001:db8::1]:0"), address("10.0.0.1:0")});
	EXPECT_EQ(result, Endpoints{address("10.0.0.1:1")});
}

TEST(HostCandidates, OfABoundAddressAreItself)
{
	EXPECT_EQ(
		hostCandidates(address("10.0.0.1:1"), {address("10.0.0.2:0")}), Endpoints{address("10.0.0.1:1")});
	EXPECT_TRUE(hostCandidates(address("127.0.0.1:1"), {address("10.0.0.2:0")}).empty());
}
