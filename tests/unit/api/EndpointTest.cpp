#include "node/api/Endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "node/api/HostAddresses.h"

namespace gimlet
{

namespace
{

Endpoint endpoint(std::string_view text)
{
	return Endpoint::parse(text).value();
}

TEST(EndpointTest, ReadsAndWritesBothFamilies)
{
	for (const auto* text : {"192.0.2.1:80", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:1"})
		EXPECT_EQ(endpoint(text).toString(), text);
	EXPECT_EQ(endpoint("[2001:DB8:0::1]:5").toString(), "[2001:db8::1]:5");
}

TEST(EndpointTest, RefusesWhatIsNotOne)
{
	for (const auto* text : {"", ":", ":80", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
			 "192.0.2.1:8x", "192.0.2:80", "2001:db8::1:80", "[2001:db8::1]", "[192.0.2.1]:80", "[]:80",
			 "name:80", "[2001:db8::1:80"})
		EXPECT_FALSE(Endpoint::parse(text)) << text;
}

TEST(EndpointTest, OnePeerHasOneSpelling)
{
	EXPECT_EQ(endpoint("[::ffff:192.0.2.1]:80"), endpoint("192.0.2.1:80"));
	sockaddr_storage storage{};
	endpoint("192.0.2.1:80").toSockaddr(storage, true);
	EXPECT_EQ(storage.ss_family, AF_INET6);
	EXPECT_EQ(Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&storage)), endpoint("192.0.2.1:80"));
}

TEST(EndpointTest, SurvivesTheKernelsForm)
{
	for (const auto* text : {"192.0.2.1:80", "[2001:db8::1]:65535"})
	{
		sockaddr_storage storage{};
		endpoint(text).toSockaddr(storage);
		EXPECT_EQ(Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&storage)), endpoint(text));
	}
	sockaddr_storage foreign{};
	foreign.ss_family = AF_UNIX;
	EXPECT_FALSE(Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&foreign)).valid());
}

TEST(EndpointTest, KnowsItsKind)
{
	EXPECT_TRUE(endpoint("127.3.2.1:1").isLoopback());
	EXPECT_TRUE(endpoint("[::1]:1").isLoopback());
	EXPECT_TRUE(endpoint("[::ffff:127.0.0.1]:1").isLoopback());
	EXPECT_FALSE(endpoint("[::]:1").isLoopback());
	EXPECT_TRUE(endpoint("[::]:1").isUnspecified());
	EXPECT_TRUE(endpoint("0.0.0.0:1").isUnspecified());
	EXPECT_FALSE(Endpoint{}.isUnspecified());
	EXPECT_TRUE(endpoint("192.0.2.1:0").isUnicast());
	EXPECT_TRUE(endpoint("[2001:db8::1]:7").isUnicast());
	for (const auto* other : {"0.0.0.0:1", "[::]:1", "224.0.0.1:1", "[ff02::1]:1", "255.255.255.255:1"})
		EXPECT_FALSE(endpoint(other).isUnicast()) << other;
	EXPECT_FALSE(Endpoint{}.isUnicast());
	EXPECT_TRUE(endpoint("224.0.0.1:1").isMulticast());
	EXPECT_TRUE(endpoint("[ff02::1]:1").isMulticast());
	EXPECT_TRUE(endpoint("169.254.169.254:80").isLinkLocal());
	EXPECT_TRUE(endpoint("[fe80::1]:1").isLinkLocal());
	EXPECT_TRUE(endpoint("255.255.255.255:1").isBroadcast());
	for (const auto* text :
		{"10.0.0.1:1", "172.16.0.1:1", "172.31.255.1:1", "192.168.1.1:1", "100.64.0.1:1", "[fd00::1]:1"})
		EXPECT_TRUE(endpoint(text).isPrivate()) << text;
	for (const auto* text : {"172.32.0.1:1", "100.128.0.1:1", "8.8.8.8:1", "[2001:db8::1]:1"})
		EXPECT_FALSE(endpoint(text).isPrivate()) << text;
}

TEST(EndpointTest, AScopeBelongsToLinkLocalAddressesAndGroupsAlone)
{
	const auto scope = [](const char* text)
	{ return Endpoint::fromBytes(endpoint(text).address(), 1, 7).scope(); };
	EXPECT_EQ(scope("[fe80::1]:1"), 7U);
	EXPECT_EQ(scope("[ff02::1]:1"), 7U);
	EXPECT_EQ(scope("[ff12::1]:1"), 7U);
	EXPECT_EQ(scope("[ff05::1]:1"), 0U);
	EXPECT_EQ(scope("[2001:db8::1]:1"), 0U);
}

TEST(EndpointTest, ComparesAddressAndPort)
{
	EXPECT_TRUE(endpoint("192.0.2.1:1").sameAddress(endpoint("192.0.2.1:2")));
	EXPECT_FALSE(endpoint("192.0.2.1:1").sameAddress(endpoint("192.0.2.2:1")));
	EXPECT_NE(endpoint("192.0.2.1:1"), endpoint("192.0.2.1:2"));
	EXPECT_EQ(endpoint("192.0.2.1:1").withPort(2), endpoint("192.0.2.1:2"));
	EXPECT_FALSE(Endpoint::fromBytes(asBytes("abc"), 1).valid());
}

TEST(EndpointTest, ThisMachineHasAddressesAndLoopbackComesLast)
{
	const auto addresses = hostAddresses();
	ASSERT_FALSE(addresses.empty());
	EXPECT_TRUE(std::is_partitioned(
		addresses.begin(), addresses.end(), [](const auto& address) { return !address.isLoopback(); }));
}

}

}
