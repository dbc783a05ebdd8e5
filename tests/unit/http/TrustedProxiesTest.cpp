#include "node/http/TrustedProxies.h"

#include <gtest/gtest.h>

using namespace gimlet;
using http::TrustedProxies;

namespace
{

Endpoint address(const std::string& text)
{
	return Endpoint::parseAddress(text, 1234).value();
}

}

TEST(HttpTrustedProxies, AreAddressesAndNetworks)
{
	TrustedProxies proxies;
	for (const auto* text : {"192.0.2.1", "10.0.0.0/8", "172.16.0.0/12", "2001:db8::/33", "::1"})
		EXPECT_TRUE(proxies.add(text)) << text;
	for (const auto* text :
		{"192.0.2.1", "10.255.0.1", "172.31.0.1", "2001:db8:7fff::1", "::1", "::ffff:10.0.0.1"})
		EXPECT_TRUE(proxies.contains(address(text))) << text;
	for (const auto* text : {"192.0.2.2", "11.0.0.1", "172.32.0.1", "2001:db8:8000::1", "::2"})
		EXPECT_FALSE(proxies.contains(address(text))) << text;
	for (const auto* text :
		{"", "x", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8"})
		EXPECT_FALSE(proxies.add(text)) << text;
}

TEST(HttpTrustedProxies, AllIsAllOfOneFamily)
{
	TrustedProxies proxies;
	ASSERT_TRUE(proxies.add("0.0.0.0/0"));
	EXPECT_TRUE(proxies.contains(address("203.0.113.1")));
	EXPECT_FALSE(proxies.contains(address("::1")));
}

TEST(HttpTrustedProxies, OnlyTheRightmostEntryOfATrustedOneIsBelieved)
{
	TrustedProxies proxies;
	ASSERT_TRUE(proxies.add("10.0.0.1"));
	const auto proxy = address("10.0.0.1");
	const auto stranger = address("203.0.113.5");
	EXPECT_EQ(proxies.caller(proxy, "198.51.100.1, 203.0.113.9"), *Endpoint::parseAddress("203.0.113.9", 0));
	EXPECT_EQ(proxies.caller(proxy, "203.0.113.9:777").toString(), "203.0.113.9:777");
	EXPECT_EQ(proxies.caller(proxy, "2001:db8::7").addressString(), "2001:db8::7");
	EXPECT_EQ(proxies.caller(proxy, "[2001:db8::7]:9").addressString(), "2001:db8::7");
	EXPECT_EQ(proxies.caller(stranger, "198.51.100.1"), stranger);
	for (const auto* text : {"", "unknown", "198.51.100.1, ", "198.51.100.1, _hidden"})
		EXPECT_EQ(proxies.caller(proxy, text), proxy) << text;
}
