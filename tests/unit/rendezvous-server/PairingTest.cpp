#include "plugins/service/rendezvous-server/Pairing.h"

#include "node/protocol/rendezvous/Names.h"
#include "tests/unit/rendezvous-server/World.h"

namespace gimlet::rendezvous_server
{

namespace
{

using namespace test;
using testing::Test;

Member member(Key key, Speech speech, std::vector<std::string> transports,
	const std::string& remote = "203.0.113.1", const std::string& endpoint = "")
{
	Member result{key, id(static_cast<unsigned>(key)), address(remote), key, {Rate{}, {}}, {Rate{}, {}}};
	result.speech = speech;
	result.transports = std::move(transports);
	if (!endpoint.empty())
		result.endpoint = Endpoint::parse(endpoint);
	return result;
}

TEST(PairingTest, theCommonTransportIsTheSameFromBothSides)
{
	struct Case
	{
		std::vector<std::string> a;
		std::vector<std::string> b;
		std::string common;
	};
	const Case cases[] = {
		{{"x/1"}, {"y/1"}, ""},
		{{"x/1"}, {}, ""},
		{{"udp-plain/1"}, {"udp-plain/1"}, "udp-plain/1"},
		{{"udp-plain/1", "udp-punch/1"}, {"udp-plain/1", "udp-punch/1"}, "udp-punch/1"},
		{{"a", "b", "c"}, {"c", "b"}, "b"},
		{{"a", "b"}, {"b", "a"}, "a"},
		{{"b", "a"}, {"a", "b"}, "a"},
	};
	for (const Case& each : cases)
	{
		const Member a = member(1, Speech::Hello, each.a);
		const Member b = member(2, Speech::Hello, each.b);
		EXPECT_EQ(each.common, commonTransport(a, b));
		EXPECT_EQ(each.common, commonTransport(b, a));
	}
}

TEST(PairingTest, whoCanPair)
{
	const std::vector<std::string> plain{"udp-plain/1"};
	const std::vector<std::string> punch{"udp-punch/1"};
	const Member undecided = member(1, Speech::Undecided, {});
	const Member far = member(2, Speech::Hello, plain, "203.0.113.2", "203.0.113.2:40002");
	const Member addressless = member(3, Speech::Hello, plain);
	const Member puncher = member(4, Speech::Hello, punch);
	const Member otherPuncher = member(5, Speech::Hello, punch);
	const Member local = member(6, Speech::Hello, plain, "127.0.0.1", "127.0.0.1:40006");
	const Member otherLocal = member(7, Speech::Hello, plain, "::1", "[::1]:40007");
	const Member six = member(8, Speech::Hello, plain, "2001:db8::8", "[2001:db8::8]:40008");
	const Member old = member(9, Speech::FirstVersion, plain, "203.0.113.9", "203.0.113.9:40009");
	const Member localOld = member(10, Speech::FirstVersion, plain, "127.0.0.1", "203.0.113.9:40010");
	struct Case
	{
		const Member& a;
		const Member& b;
		bool can;
	};
	const Case cases[] = {
		{far, far, false},
		{undecided, far, false},
		{addressless, far, false},
		{puncher, otherPuncher, true},
		{puncher, far, false},
		{far, six, true},
		{far, old, true},
		{six, old, false},
		{local, otherLocal, true},
		{local, far, false},
		{local, localOld, true},
		{otherLocal, localOld, false},
	};
	for (const Case& each : cases)
	{
		EXPECT_EQ(each.can, canPair(each.a, each.b)) << each.a.key << " " << each.b.key;
		EXPECT_EQ(each.can, canPair(each.b, each.a)) << each.a.key << " " << each.b.key;
	}
}

TEST(PairingTest, aSessionIsTheSameFromBothSidesAndOfEachPairItsOwn)
{
	const Member a = member(1, Speech::Hello, {});
	const Member b = member(2, Speech::Hello, {});
	const Member c = member(3, Speech::Hello, {});
	EXPECT_EQ(sessionOf(a, b), sessionOf(b, a));
	EXPECT_NE(sessionOf(a, b), sessionOf(a, c));
	EXPECT_TRUE(isSession(sessionOf(a, b)));
	EXPECT_EQ(32U, sessionOf(a, b).size());
}

TEST(PairingTest, whichEndpointsAreAccepted)
{
	const Member far = member(1, Speech::Hello, {});
	const Member local = member(2, Speech::Hello, {}, "127.0.0.1");
	const Member old = member(3, Speech::FirstVersion, {});
	for (const char* good :
		{"203.0.113.9", "10.0.0.1", "192.168.1.1", "100.64.0.1", "2001:db8::1", "fd00::1"})
	{
		EXPECT_EQ("", endpointProblem(address(good), far)) << good;
		EXPECT_EQ("", endpointProblem(address(good), local)) << good;
	}
	for (const char* bad : {"0.0.0.0", "::", "224.0.0.1", "239.255.255.250", "ff02::1", "255.255.255.255",
			 "169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"})
	{
		EXPECT_NE("", endpointProblem(address(bad), far)) << bad;
		EXPECT_NE("", endpointProblem(address(bad), local)) << bad;
	}
	for (const char* loopback : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"})
	{
		EXPECT_NE("", endpointProblem(address(loopback), far)) << loopback;
		EXPECT_EQ("", endpointProblem(address(loopback), local)) << loopback;
	}
	EXPECT_NE("", endpointProblem(address("2001:db8::1"), old));
	EXPECT_EQ("", endpointProblem(address("::ffff:203.0.113.9"), old));
}

}

}
