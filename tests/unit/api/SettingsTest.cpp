#include "node/api/Settings.h"

#include <Poco/Exception.h>
#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace gimlet
{

namespace
{

Settings one(
	const std::string& text, Origin origin = Origin::File, std::optional<std::uint16_t> aliasPort = {})
{
	Settings::Value value;
	value.text = text;
	value.origin = origin;
	value.aliasPort = aliasPort;
	return {"section", {{"key", value}}};
}

TEST(SettingsTest, ReadsEachTypeAsItIsWritten)
{
	EXPECT_TRUE(one("Yes").boolean("key"));
	EXPECT_FALSE(one("off").boolean("key"));
	EXPECT_EQ(one("-7").integer("key"), -7);
	EXPECT_EQ(one("0.25").seconds("key"), 250ms);
	EXPECT_EQ(one("16M").bytes("key"), 16U * 1024 * 1024);
	EXPECT_EQ(one(" a, b ,,c").list("key"), (std::vector<std::string>{"a", "b", "c"}));
	EXPECT_EQ(
		one("a:1,[::1]:2,c").hostPorts("key"), (std::vector<HostPort>{{"a", 1}, {"::1", 2}, {"c", 3478}}));
	EXPECT_EQ(one("").list("key").size(), 0U);
}

TEST(SettingsTest, AnUndeclaredKeyIsADefect)
{
	EXPECT_THROW(one("x").text("other"), Poco::NotFoundException);
}

TEST(SettingsTest, AnAliasReplacesThePortAndOpensTheAddressOnlyWhenNobodyGaveOne)
{
	const auto kept = one("127.0.0.1:8080", Origin::File, 9).endpoint("key");
	EXPECT_EQ(kept.endpoint, Endpoint::parse("127.0.0.1:9"));
	const auto opened = one("127.0.0.1:8080", Origin::Default, 9).endpoint("key");
	EXPECT_FALSE(opened.endpoint);
	EXPECT_EQ(opened.port, 9);
	const auto untouched = one("127.0.0.1:8080", Origin::Default).endpoint("key");
	EXPECT_EQ(untouched.endpoint, Endpoint::parse("127.0.0.1:8080"));
	EXPECT_TRUE(one("x", Origin::Default, 9).given("key"));
	EXPECT_FALSE(one("x", Origin::Default).given("key"));
}

TEST(SettingsTest, RefusesWhatIsMalformed)
{
	for (const auto* text : {"", "1.2.3", "-1", "nan", "inf", "1e300", "5s"})
		EXPECT_FALSE(parseSeconds(text)) << text;
	for (const auto* text : {"", "k", "-1", "1T", "99999999999G", "1.5M"})
		EXPECT_FALSE(parseBytes(text)) << text;
	for (const auto* text : {"", "2", "maybe"})
		EXPECT_FALSE(parseBoolean(text)) << text;
	for (const auto* text : {"", "8080", "host:80", "*:", "*:65536", "1.2.3.4:x"})
		EXPECT_FALSE(parseListenAddress(text)) << text;
	for (const auto* text :
		{"", ":80", "host", "host:0", "host:65536", "[::1", "[::1]x", "http://host:80", "a b:1"})
		EXPECT_FALSE(parseHostPort(text)) << text;
	for (const auto* text : {"", "x", "1x", "99999999999999999999"})
		EXPECT_FALSE(parseInteger(text)) << text;
}

TEST(SettingsTest, ListensOnAllAddressesOnOneOrOnLocalhost)
{
	EXPECT_FALSE(parseListenAddress("*:80")->endpoint);
	EXPECT_EQ(parseListenAddress("localhost:80")->endpoint, Endpoint::loopback(AF_INET, 80));
	EXPECT_EQ(parseListenAddress("[::]:80")->endpoint, Endpoint::any(AF_INET6, 80));
	EXPECT_EQ(parseHostPort("host", 3478)->toString(), "host:3478");
	EXPECT_EQ(parseHostPort("[::1]:5")->toString(), "[::1]:5");
}

}

}
